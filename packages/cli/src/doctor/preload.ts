/** Whether a Node program that starts here with this environment is captured. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { attempt, parseJson, readSmallFile, wordsOfOptions } from '@direct-logging/core';
import { type Check, checked, failed } from './check.ts';

const NAME = 'NODE_OPTIONS';
const FLAG = '--import direct-logging';
/** By name, or by its file: a running preload replaces the name with the file. */
const PRELOAD =
  /^(?:direct-logging|@direct-logging\/auto|.*\bdirect-logging\/(?:auto\/)?dist\/(?:import\.js|index\.cjs)|.*\bpackages\/(?:auto|cli)\/dist\/(?:import\.js|index\.cjs))$/;
const OURS = /^@direct-logging\/|\/@?direct-logging\//;
const START = `start the program with node ${FLAG}, or put that into ${NAME}. If it is there and nothing arrives, start the program with VICTORIALOGS_DEBUG=1: the process then says on stderr what it sees`;

/** For the Node that runs the command. `directory` is where a program would start. */
export function checkPreload(env: NodeJS.ProcessEnv, directory: string = process.cwd()): Check[] {
  const version = checked('ok', 'Node', process.version);
  return [version, checkNodeOptions(env, directory), ...checkScripts(directory)];
}

function checkNodeOptions(env: NodeJS.ProcessEnv, directory: string): Check {
  const preloads = preloadsIn(env[NAME] ?? '');
  const named = preloads.find((one) => PRELOAD.test(one.replaceAll('\\', '/')));
  if (named !== undefined && isThere(named, directory)) {
    return checked('ok', NAME, `names the preload, ${named}, and it is found`);
  }
  if (named !== undefined) {
    return failed(
      NAME,
      `names ${named}, which is not found from ${directory}: Node does not start there`,
      'install direct-logging where the program starts, or name it by an absolute path',
    );
  }
  const part = preloads.find((one) => OURS.test(one));
  if (part !== undefined) {
    const finding = `names ${part}, which is only a part of the preload and ships nothing`;
    return failed(NAME, finding, `name the preload: ${FLAG}`);
  }
  const finding = `does not name the preload: only programs that are started with node ${FLAG} are captured`;
  return checked('note', NAME, finding, START);
}

/** What follows `--import` and `--require`. */
function preloadsIn(options: string): string[] {
  const words = [...wordsOfOptions(options)].map(({ text }) => text);
  return words.flatMap((word, at) => {
    const joined = /^(?:--import|--require)=(.*)$/s.exec(word);
    if (joined !== null) return [joined[1] as string];
    return /^(?:--import|--require|-r)$/.test(word) ? [words[at + 1] ?? ''] : [];
  });
}

function isThere(named: string, directory: string): boolean {
  if (named.startsWith('file:')) return existsSync(fileURLToPath(named));
  if (/^(?:[./]|[a-z]:)/i.test(named)) return existsSync(resolve(directory, named));
  const { resolve: find } = createRequire(join(directory, 'any.js'));
  return attempt(() => find(named)) !== undefined;
}

/** An npm script that replaces the variable, and so starts its program without the preload. */
function checkScripts(directory: string): Check[] {
  const text = attempt(() => readSmallFile(join(directory, 'package.json'))) ?? '';
  const manifest = parseJson(text) as Manifest;
  const replaces = (script: string) =>
    /\bNODE_OPTIONS=/.test(script) && !/direct-logging|\$\{?NODE_OPTIONS/.test(script);
  const found = Object.entries(manifest?.scripts ?? {}).find(([, script]) => replaces(script));
  if (found === undefined) return [];
  const finding = `is replaced by the script "${found[0]}" of package.json: what npm starts this way has no preload`;
  return [checked('warn', NAME, finding, `add ${FLAG} there`)];
}

type Manifest = { readonly scripts?: Readonly<Record<string, string>> } | null | undefined;
