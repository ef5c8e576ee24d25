/** Makes the name of the preload independent of the directory in which a child process or a worker starts. Pure. */

import { wordsOfOptions } from '@direct-logging/core';

/** The preload: the names that people use, and those that work from any directory. */
export interface Preload {
  /** What follows `--import` or `--require`, such as `direct-logging`: names of packages. */
  readonly specifiers: readonly string[];
  /** File URL of the module that `--import` loads. */
  readonly importUrl: string;
  /** Absolute path of the module that `--require` loads. */
  readonly requirePath: string;
}

/** Tells whether a relative path leads to the preload. */
export type IsOurs = (relativePath: string) => boolean;

/**
 * The same `NODE_OPTIONS`, with an absolute name in every `--import`, `--require` or `-r` of the preload. Node looks up a
 * bare or relative name from the current directory, so a child in another directory would not start. Everything else stays
 * as it is, character for character.
 */
export function absoluteInOptions(nodeOptions: string, preload: Preload, isOurs: IsOurs): string {
  let result = '';
  let copied = 0;
  let flag: string | undefined;
  for (const word of wordsOfOptions(nodeOptions)) {
    const replaced = replaceWord(word.text, flag, preload, isOurs);
    if (replaced !== undefined) {
      result += nodeOptions.slice(copied, word.start) + quoted(replaced);
      copied = word.end;
    }
    flag = word.text;
  }
  return result + nodeOptions.slice(copied);
}

/** The same for `process.execArgv`, which `child_process.fork` and `cluster` pass on. Undefined when nothing changes. */
export function absoluteInArguments(
  execArgv: readonly string[],
  preload: Preload,
  isOurs: IsOurs,
): string[] | undefined {
  const replaced = execArgv.map((word, at) => replaceWord(word, execArgv[at - 1], preload, isOurs));
  if (replaced.every((word) => word === undefined)) return undefined;
  return execArgv.map((word, at) => replaced[at] ?? word);
}

const ABSOLUTE: Readonly<Record<string, 'importUrl' | 'requirePath'>> = {
  '--import': 'importUrl',
  '--require': 'requirePath',
  '-r': 'requirePath',
};

/** The word with an absolute name, or undefined when it does not name the preload. */
function replaceWord(
  word: string,
  flagBefore: string | undefined,
  preload: Preload,
  isOurs: IsOurs,
): string | undefined {
  const names = (value: string) =>
    preload.specifiers.includes(value) || (/^\.{1,2}[\\/]/.test(value) && isOurs(value));
  const before = ABSOLUTE[flagBefore ?? ''];
  if (before !== undefined) return names(word) ? preload[before] : undefined;
  const joined = /^(--import|--require)=(.*)$/s.exec(word);
  const [, flag = '', value = ''] = joined ?? [];
  const kind = ABSOLUTE[flag];
  return kind !== undefined && names(value) ? `${flag}=${preload[kind]}` : undefined;
}

function quoted(word: string): string {
  return /[ "\\]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word;
}
