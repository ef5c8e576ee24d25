/** Rewrites the environment and the arguments of this process, so that children and workers always find the preload. */
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nameIn } from '@direct-logging/core';
import { absoluteInArguments, absoluteInOptions, type Preload } from './preload-specifier.ts';

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

/** To one of its files, or to one in the `dist` of a package that loads it under another name. */
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
