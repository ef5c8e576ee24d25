/** Whether a Node program that starts here with this environment is captured. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Check } from './check.ts';

/** By name, or by its file: a running preload replaces the name with the file. */
const PRELOAD =
  /(?:--import|--require|-r)[ =]"?([^" ]*(?:direct-logging|auto\/dist\/(?:import|index)\.c?js)[^" ]*)"?/;
const SPECIFIER = '@direct-logging/auto';

/** For the Node that runs the command. `directory` is where a program would start. */
export function checkPreload(env: NodeJS.ProcessEnv, directory: string = process.cwd()): Check[] {
  const version: Check = { name: 'Node', verdict: 'ok', finding: process.version };
  const name = 'NODE_OPTIONS';
  const [, named] = PRELOAD.exec(env.NODE_OPTIONS ?? '') ?? [];
  if (named === undefined) {
    const next = `start the program with node --import ${SPECIFIER}, or put that into NODE_OPTIONS; if that is done, and nothing arrives, start it with VICTORIALOGS_DEBUG=1`;
    const finding = `does not name the preload: captured is only what is started with node --import ${SPECIFIER}`;
    return [version, { name, verdict: 'note', finding, next }];
  }
  if (isThere(named, directory)) {
    return [
      version,
      { name, verdict: 'ok', finding: `names the preload, ${named}, and it is found` },
    ];
  }
  return [
    version,
    {
      name,
      verdict: 'fail',
      finding: `names ${named}, which is not found from ${directory}: Node does not start there`,
      next: `install ${SPECIFIER} where the program starts, or name it by an absolute path`,
    },
  ];
}

function isThere(named: string, directory: string): boolean {
  if (named.startsWith('file:')) return existsSync(fileURLToPath(named));
  if (/^[./]/.test(named)) return existsSync(resolve(directory, named));
  try {
    createRequire(join(directory, 'any.js')).resolve(named);
    return true;
  } catch {
    return false;
  }
}
