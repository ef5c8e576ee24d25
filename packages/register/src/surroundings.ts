/** Everything that is read from or left in the process: the thread, the descriptors, the environment, the arguments. */
import { fstatSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Circumstances, markerOf, STDIO_VARIABLE, type Streams } from './plan.ts';
import { absoluteInArguments, absoluteInOptions, type Preload } from './preload-specifier.ts';

/** Under this key a thread tells the threads that it starts what it ships; unlike the environment it always arrives. */
const THREAD_KEY = '@direct-logging/register';

/** What decides about this thread. */
export function readCircumstances(env: NodeJS.ProcessEnv): Circumstances {
  const { isMainThread, getEnvironmentData } = threads();
  return {
    env,
    pid: process.pid,
    isMainThread,
    parentThread: getEnvironmentData(THREAD_KEY) as unknown as Streams | undefined,
    stdio: { stdout: identify(1), stderr: identify(2) },
  };
}

/** Tells the worker threads that start from now on what is shipped for them. */
export function tellThreads(streams: Streams): void {
  threads().setEnvironmentData(THREAD_KEY, { ...streams });
}

/** Tells the child processes that start from now on what is shipped here. */
export function tellChildren(
  env: NodeJS.ProcessEnv,
  circumstances: Circumstances,
  streams: Streams,
): void {
  env[STDIO_VARIABLE] = markerOf(circumstances.pid, circumstances.stdio, streams);
}

/** Takes both back: who starts from now on ships for itself. */
export function tellNothing(env: NodeJS.ProcessEnv): void {
  threads().setEnvironmentData(THREAD_KEY, undefined);
  delete env[STDIO_VARIABLE];
}

/** Lets children and workers find the preload from whatever directory they start in. */
export function namePreloadAbsolutely(env: NodeJS.ProcessEnv, preload: Preload): void {
  const isOurs = (relativePath: string) => leadsTo(relativePath, preload);
  if (env.NODE_OPTIONS) {
    const options = absoluteInOptions(env.NODE_OPTIONS, preload, isOurs);
    if (options !== env.NODE_OPTIONS) env.NODE_OPTIONS = options;
  }
  const execArgv = absoluteInArguments(process.execArgv, preload, isOurs);
  if (execArgv !== undefined) process.execArgv.splice(0, process.execArgv.length, ...execArgv);
}

/** Required, since an import of the module reads more than is needed here. */
function threads(): typeof import('node:worker_threads') {
  return process.getBuiltinModule('node:worker_threads');
}

/** Names what a descriptor leads to; a closed one leads nowhere. */
function identify(descriptor: number): string {
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return `${dev}:${ino}`;
  } catch {
    return 'closed';
  }
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
