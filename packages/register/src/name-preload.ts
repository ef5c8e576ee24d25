/** Rewrites the environment and the arguments of this process, so that children and workers always find the preload. */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameIn, wordsOfOptions } from '@direct-logging/core';

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

/** Lets children and workers find the preload, in whatever directory they start. */
export function namePreloadAbsolutely(env: NodeJS.ProcessEnv, preload: Preload): void {
  const isOurs = (place: string) => leadsTo(place, preload);
  if (env.NODE_OPTIONS) {
    const options = absoluteInOptions(env.NODE_OPTIONS, preload, isOurs);
    if (options !== env.NODE_OPTIONS) env.NODE_OPTIONS = options;
  }
  const execArgv = absoluteInArguments(process.execArgv, preload, isOurs);
  process.execArgv.splice(0, execArgv.length, ...execArgv);
}

/** Whether it leads to a file of the preload, or to one in the `dist` of a package that loads the preload under another name. */
function leadsTo(place: string, preload: Preload): boolean {
  if (place === preload.importUrl || place === preload.requirePath) return true;
  try {
    const path = fs.realpathSync.native(place.startsWith('file:') ? fileURLToPath(place) : place);
    const ours = [preload.requirePath, fileURLToPath(preload.importUrl)];
    if (ours.some((one) => fs.realpathSync.native(one) === path)) return true;
    return preload.specifiers.includes(nameIn(join(dirname(path), '../package.json')) ?? '');
  } catch {
    return false;
  }
}

/**
 * The same `NODE_OPTIONS`, with one absolute name in every `--import`, `--require` or `-r` of the preload. Node looks up a
 * bare or relative name from the current directory, so a child in another directory would not start. By this name, threads see
 * that they have the preload. Everything else stays as it is, character for character.
 */
export function absoluteInOptions(nodeOptions: string, preload: Preload, isOurs: IsOurs): string {
  const words = [...wordsOfOptions(nodeOptions)];
  const texts = words.map(({ text }) => text);
  const absolute = absoluteInArguments(texts, preload, isOurs);
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
