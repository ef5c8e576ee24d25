/** Rewrites the environment and the arguments of this process, so that children and workers always find the preload. */
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { absoluteInArguments, absoluteInOptions, type Preload } from './preload-specifier.ts';

/** Lets children and workers find the preload, in whatever directory they start. */
export function namePreloadAbsolutely(env: NodeJS.ProcessEnv, preload: Preload): void {
  const isOurs = (relativePath: string) => leadsTo(relativePath, preload);
  if (env.NODE_OPTIONS) {
    const options = absoluteInOptions(env.NODE_OPTIONS, preload, isOurs);
    if (options !== env.NODE_OPTIONS) env.NODE_OPTIONS = options;
  }
  const execArgv = absoluteInArguments(process.execArgv, preload, isOurs);
  if (execArgv !== undefined) process.execArgv.splice(0, process.execArgv.length, ...execArgv);
}

function leadsTo(relativePath: string, preload: Preload): boolean {
  try {
    const path = realpathSync(relativePath);
    return [preload.requirePath, fileURLToPath(preload.importUrl)].some(
      (ours) => realpathSync(ours) === path,
    );
  } catch {
    return false;
  }
}
