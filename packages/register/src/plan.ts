/** Decides which of a thread's output the thread ships itself. Pure. */
import { STDIO_VARIABLE } from './readers.ts';

/** What is known about the thread that is starting, when `VICTORIALOGS_URL` is set. */
export interface Circumstances {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isMainThread: boolean;
  /** Whether the thread that started this one ships; undefined when none has registered. */
  readonly parentThreadShips: boolean | undefined;
}

/**
 * `full`: ship everything. `descriptors`: ship direct writes to the descriptors only, since console and streams arrive in the
 * thread that started this one. `none`: nothing.
 */
export type Role = 'none' | 'full' | 'descriptors';

/**
 * A thread leaves to another one only what is certain to arrive there. That is so among the threads of a process. It is
 * not so among processes: nobody can tell beforehand whether a parent prints what it reads. So a child ships for itself,
 * and a parent leaves out what a child has shipped, see `createPrintedOnce`.
 */
export function roleOf({ env, isMainThread, parentThreadShips }: Circumstances): Role {
  if (!isMainThread) {
    if (parentThreadShips === undefined) return 'full';
    return parentThreadShips ? 'descriptors' : 'none';
  }
  // On a managed instance the worker threads ship for themselves. What they start is a child like any other.
  const { AWS_LAMBDA_RUNTIME_API: runtime, AWS_LAMBDA_MAX_CONCURRENCY: managed } = env;
  const isChild = env[STDIO_VARIABLE] !== undefined;
  return runtime && managed !== undefined && !isChild ? 'none' : 'full';
}
