/** The real runtime interface client of AWS Lambda, installed and compiled once, outside the tree. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from './cache.ts';
import { crossCompiler, type Target } from './cross-compiler.ts';
import { installPinned, PINNED_BEFORE } from './pinned-packages.ts';
import { during, type Say, sayOnStderr } from './progress.ts';
import { commandWorks, tryCommand } from './run-command.ts';

/** The client, ready to run a function. */
export interface LambdaRuntime {
  /** The module to run: `node index.mjs`. */
  readonly entry: string;
  /** Whether it is told its handler as an argument. Default: by the environment alone. */
  readonly takesHandler?: boolean;
  /** The folder of its packages, for a container. */
  readonly nodeModules: string;
  /** The compiled addon, whose libraries a container needs; undefined with the stand-in. */
  readonly addon: string | undefined;
  /** The stand-in for the addon: goes in front of all other Node options, as `--require`. */
  readonly standIn: string | undefined;
  /** What it is, in a few words. */
  readonly how: string;
}

const FOLDER = fileURLToPath(new URL('../pinned-packages/lambda-runtime/', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FILES = ['package.json', 'js-rapid-client.cjs'] as const;
const TOOLS = ['cmake', 'make', 'g++', 'python3', 'tar', 'xz'] as const;

/** A file in the cached folder that says why it has no compiled addon. */
const REASON = 'no-addon.txt';

/**
 * The client, from the cache after the first call. Its addon is compiled where the tools are there; else a stand-in in
 * JavaScript takes its place, and one line says why.
 *
 * `target`: the platform that it runs on. Default: this one.
 */
export async function ensureLambdaRuntime(
  options: { readonly say?: Say | undefined; readonly target?: Target | undefined } = {},
): Promise<LambdaRuntime> {
  const { target, say = sayOnStderr } = options;
  const missing = await whatIsMissing(target);
  const platform = target?.zig ?? `${process.platform}-${process.arch}`;
  const kind = missing === undefined ? `native-${platform}` : 'stand-in';
  const folder = await cached(`lambda-runtime/${await versionOfFiles()}-${kind}`, (building) =>
    during(say, progressLine(missing), () => install(building, missing, target, say)),
  );
  const runtime = await describe(folder);
  say(`Lambda runtime client: ${runtime.how}`);
  return runtime;
}

/** With the seconds behind it, it fits into a line of a terminal. */
function progressLine(missing: string | undefined): string {
  return missing === undefined
    ? 'Compiling the Lambda runtime client, once, about a minute'
    : 'Installing the Lambda runtime client from npm, once';
}

/** Why the addon cannot be compiled here, or undefined when it can. */
async function whatIsMissing(target: Target | undefined): Promise<string | undefined> {
  if (process.platform !== 'linux') return 'its addon compiles on Linux only';
  const needed = target === undefined ? TOOLS : TOOLS.filter((tool) => tool !== 'g++');
  const works = await Promise.all(needed.map((tool) => commandWorks(tool, ['--version'])));
  const missing = needed.filter((_, index) => !works[index]);
  if (missing.length > 0) return `compiling its addon needs ${missing.join(', ')}`;
  return nodeHeaders() === undefined ? 'compiling its addon needs the headers of Node' : undefined;
}

/** A Node installation with its headers: the addon is pure Node-API, so any version's will do, and none is fetched. */
function nodeHeaders(): string | undefined {
  return [
    join(ROOT, 'node_modules', `node-${process.platform}-${process.arch}`),
    dirname(dirname(process.execPath)),
  ].find((folder) => existsSync(join(folder, 'include/node/node_api.h')));
}

async function versionOfFiles(): Promise<string> {
  const hash = createHash('sha256').update(PINNED_BEFORE);
  for (const name of FILES) hash.update(await readFile(join(FOLDER, name)));
  return hash.digest('hex').slice(0, 12);
}

async function install(
  folder: string,
  missing: string | undefined,
  target: Target | undefined,
  say: Say,
): Promise<void> {
  for (const name of FILES) await copyFile(join(FOLDER, name), join(folder, name));
  await installPinned(folder);
  const reason = missing ?? (await compile(folder, target, say));
  if (reason === undefined) return;
  await writeFile(join(folder, REASON), reason);
  // An empty file, so that the client finds an addon to load; the stand-in answers for it.
  await writeFile(addonIn(folder), '');
}

/** Compiles the addon and returns undefined, or why it failed. */
async function compile(
  folder: string,
  target: Target | undefined,
  say: Say,
): Promise<string | undefined> {
  const compiler = join(folder, 'compiler');
  const cross = target === undefined ? {} : await crossCompiler(target, compiler, say);
  const result = await tryCommand(
    'npm',
    ['rebuild', 'aws-lambda-ric', '--ignore-scripts=false', '--foreground-scripts'],
    { cwd: folder, env: { ...cross, npm_config_nodedir: nodeHeaders(), NODE_OPTIONS: undefined } },
  );
  await rm(compiler, { recursive: true, force: true });
  if (result.code === 0 && existsSync(addonIn(folder))) return undefined;
  const printed = result.stderr.trim().split('\n').at(-1) ?? '';
  return `compiling its addon failed (${printed}; remove ${dirname(folder)} to try again)`;
}

async function describe(folder: string): Promise<LambdaRuntime> {
  const client = clientIn(folder);
  const { version } = JSON.parse(await readFile(join(client, 'package.json'), 'utf8'));
  const reason = await readFile(join(folder, REASON), 'utf8').catch(() => undefined);
  const how = `aws-lambda-ric ${version}`;
  return {
    entry: join(client, 'index.mjs'),
    nodeModules: join(folder, 'node_modules'),
    addon: reason === undefined ? addonIn(folder) : undefined,
    standIn: reason === undefined ? undefined : join(folder, 'js-rapid-client.cjs'),
    how: reason === undefined ? how : `${how} with a JavaScript stand-in: ${reason}`,
  };
}

function clientIn(folder: string): string {
  return join(folder, 'node_modules', 'aws-lambda-ric');
}

function addonIn(folder: string): string {
  return join(clientIn(folder), 'rapid-client.node');
}
