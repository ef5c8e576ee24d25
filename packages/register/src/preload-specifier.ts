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

/** Tells whether a path or a file URL leads to the preload. */
export type IsOurs = (place: string) => boolean;

/**
 * The same `NODE_OPTIONS`, with one absolute name in every `--import`, `--require` or `-r` of the preload. Node looks up a
 * bare or relative name from the current directory, so a child in another directory would not start. By this name, threads see
 * that they have the preload. Everything else stays as it is, character for character.
 */
export function absoluteInOptions(nodeOptions: string, preload: Preload, isOurs: IsOurs): string {
  const words = [...wordsOfOptions(nodeOptions)];
  const absolute = absoluteInArguments(
    words.map(({ text }) => text),
    preload,
    isOurs,
  );
  return words.reduceRight((options, { start, end, text }, at) => {
    const word = absolute[at] ?? text;
    return word === text ? options : options.slice(0, start) + quoted(word) + options.slice(end);
  }, nodeOptions);
}

/** The same for `process.execArgv`, which `child_process.fork` and `cluster` pass on. */
export function absoluteInArguments(
  words: readonly string[],
  preload: Preload,
  isOurs: IsOurs,
): string[] {
  const isNamed = (name: string): boolean =>
    preload.specifiers.includes(name) || (PLACE.test(name) && isOurs(name));
  return words.map((word, at) => {
    const [start = '', flag = words[at - 1]] = /^(--import|--require)=/.exec(word) ?? [];
    const kind = flag === undefined ? undefined : KINDS.get(flag);
    return kind !== undefined && isNamed(word.slice(start.length)) ? start + preload[kind] : word;
  });
}

/** A relative or absolute path, or a file URL. */
const PLACE = /^(?:\.{0,2}[\\/]|[a-z]:[\\/]|file:)/i;

const KINDS: ReadonlyMap<string, 'importUrl' | 'requirePath'> = new Map([
  ['--import', 'importUrl'],
  ['--require', 'requirePath'],
  ['-r', 'requirePath'],
]);

function quoted(word: string): string {
  return /[ "\\]/.test(word) ? `"${word.replace(/["\\]/g, '\\$&')}"` : word;
}
