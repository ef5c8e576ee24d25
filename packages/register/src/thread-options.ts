/** The options with which a worker thread finds the preload and the settings, whatever it is given. @lazy threads */
import { existsSync } from 'node:fs';
import type { Worker, WorkerOptions } from 'node:worker_threads';
import { attempt, otherThreads, ThreadLines, type ThreadMemory } from '@direct-logging/core';
import type { Preload } from './name-preload.ts';
import { THREAD_VARIABLE } from './plan.ts';

/** Starts a thread with the preload and the settings, and with where to note what it holds. The end of the process waits for that. */
export function startThread(
  given: WorkerOptions,
  preload: Preload,
  data: { lines?: ThreadMemory | undefined } | undefined,
  start: (options: WorkerOptions) => Worker,
): Worker {
  const lines = linesOfThreads();
  if (data !== undefined) data.lines = lines?.memory;
  const thread = startWith(withPreload(given, preload), given, start);
  attempt(() => lines?.started(thread));
  return thread;
}

/** Undefined if Node was started without shared memory. @param above What the thread that started this one has told. */
export function linesOfThreads(above?: ThreadMemory): ThreadLines | undefined {
  return attempt(() => (otherThreads.lines ??= new ThreadLines(above)));
}

/** The same options if the thread would start with the preload and the settings anyway, or if they are not understood. */
export function withPreload(given: WorkerOptions, preload: Preload): WorkerOptions {
  try {
    // A thread that cannot read it would not start.
    if (!existsSync(preload.requirePath)) return given;
    const added = { ...environmentFor(given), ...flagsFor(given, preload) };
    return Object.keys(added).length === 0 ? given : { ...given, ...added };
  } catch {
    return given;
  }
}

function environmentFor({ env }: WorkerOptions): WorkerOptions {
  if (typeof env !== 'object' || env === null || Object.hasOwn(env, 'VICTORIALOGS_URL')) return {};
  return { env: { ...env, [THREAD_VARIABLE]: '1' } };
}

/**
 * In a thread that evaluates a text, Node does not load what `--import` names. In any other, that flag would make Node load the file
 * as an ES module, past the hooks of `require` that run TypeScript:
 * https://github.com/nodejs/node/blob/main/lib/internal/modules/run_main.js. And Node copies only an environment's own properties.
 */
function flagsFor({ env, execArgv, eval: isText }: WorkerOptions, preload: Preload): WorkerOptions {
  const flags = execArgv ?? process.execArgv;
  const { NODE_OPTIONS = '' } = typeof env === 'object' && env !== null ? { ...env } : process.env;
  const all = `${NODE_OPTIONS} ${flags.join(' ')}`;
  if (all.includes(preload.requirePath) || (!isText && all.includes(preload.importUrl))) return {};
  // Node reads no flag behind one of these; synckit gives an empty one.
  const end = flags.findIndex((flag) => flag === '' || flag === '--');
  const at = end < 0 ? flags.length : end;
  return { execArgv: flags.toSpliced(at, 0, '--require', preload.requirePath) };
}

/**
 * Starts a thread with these options. If it is given no flags, it takes over all those of the process, but Node refuses some of
 * them if they are given to a thread (https://nodejs.org/api/worker_threads.html#new-workerfilename-options), and names them.
 */
export function startWith(
  options: WorkerOptions,
  given: WorkerOptions,
  start: (options: WorkerOptions) => Worker,
): Worker {
  try {
    return start(options);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ERR_WORKER_INVALID_EXEC_ARGV' || given.execArgv !== undefined) throw error;
    const refused = message.slice(message.indexOf(': ') + 2).split(', ');
    const execArgv = options.execArgv?.filter((flag) => !refused.includes(flag)) ?? [];
    return start({ ...options, execArgv });
  }
}

/** Why a thread has the role `none`: a worker below a thread that ships nothing, the main thread above workers that ship. */
export function whyNothing(isMainThread: boolean): string {
  const why = isMainThread
    ? 'each worker thread of this process ships what it writes'
    : 'the thread that started this one ships nothing';
  return `nothing is shipped from this thread: ${why}`;
}
