/** Loads the preload in every worker thread, whatever environment and flags it is given, and tells it what it needs to know. */
import type { WorkerOptions } from 'node:worker_threads';
import { OWN_THREAD, otherThreads, type ThreadMemory } from '@direct-logging/core';
import type { ThreadOutput } from './child-output/read-lines.ts';
import type { Preload } from './name-preload.ts';
import { startThread } from './thread-options.ts';

/** What a thread tells the threads that it starts. */
export interface ThreadData {
  readonly ships: boolean;
  /** The settings, for threads with an environment of their own. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined if those threads ship for themselves. */
  readonly output?: ThreadOutput | undefined;
  /** Where those threads note what they hold. */
  lines?: ThreadMemory | undefined;
}

/** Under this key, a thread leaves its data for the threads that it starts. Unlike the environment, this always arrives. */
const KEY = '@direct-logging/register';

/** What the thread that started this one has told. Undefined if it has told nothing. */
export function readThreadData(): ThreadData | undefined {
  return threads().getEnvironmentData(KEY) as unknown as ThreadData | undefined;
}

export function tellThreads(data: ThreadData | undefined): void {
  threads().setEnvironmentData(KEY, data as unknown as string);
}

/**
 * Changes the options of a thread only if it would start without the preload or without the settings.
 * @param onStart Called before each thread starts.
 */
export function preloadThreads(preload: Preload, onStart: () => void): () => void {
  const module = threads();
  const before = module.Worker;
  otherThreads.Worker ??= before;
  const Worker = new Proxy(before, {
    construct(target, args: [unknown, WorkerOptions | undefined], newTarget) {
      const [file, given = {}, ...rest] = args;
      try {
        if (!Object.hasOwn(given, OWN_THREAD)) {
          onStart();
          return startThread(given, preload, readThreadData(), (options) =>
            Reflect.construct(target, [file, options, ...rest], newTarget),
          );
        }
      } catch {
        // The program's own arguments are wrong. Or a file of the preload is gone.
      }
      return Reflect.construct(target, args, newTarget);
    },
  });
  const { syncBuiltinESMExports } = process.getBuiltinModule('node:module');
  const put = (value: typeof Worker): void => {
    Object.assign(module, { Worker: value });
    // For named imports in ES modules.
    syncBuiltinESMExports();
  };
  put(Worker);
  return () => {
    if (module.Worker === Worker) put(before);
  };
}

/** Not imported, since an import of the module reads more than is needed here. */
export function threads(): typeof import('node:worker_threads') {
  return process.getBuiltinModule('node:worker_threads');
}
