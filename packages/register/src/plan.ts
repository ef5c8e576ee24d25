/** Decides which of a thread's output the thread ships itself. Pure. */

/** What is known about the thread that is starting, when `VICTORIALOGS_URL` is set. */
export interface Circumstances {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isMainThread: boolean;
  /** Whether the thread that started this one ships; undefined when none has registered. */
  readonly parentThreadShips: boolean | undefined;
}

/** What to do, and why, for people who look for the reason. */
export interface Plan {
  /**
   * `full`: ship everything. `descriptors`: ship direct writes to the descriptors only, since console and streams arrive
   * in the thread that started this one.
   */
  readonly role: 'none' | 'full' | 'descriptors';
  readonly reason: string;
}

/**
 * A thread leaves to another one only what is certain to arrive there. That is so among the threads of a process. It is
 * not so among processes: nobody can tell beforehand whether a parent prints what it reads. So a child ships for itself,
 * and a parent leaves out what a child has shipped, see `createPrintedOnce`.
 */
export function planFor({ env, isMainThread, parentThreadShips }: Circumstances): Plan {
  if (!isMainThread && parentThreadShips !== undefined) {
    if (!parentThreadShips) return { role: 'none', reason: 'the parent thread ships nothing' };
    const reason = 'console and streams of a worker thread arrive in the thread that started it';
    return { role: 'descriptors', reason };
  }
  if (isMainThread && env.AWS_LAMBDA_RUNTIME_API && env.AWS_LAMBDA_MAX_CONCURRENCY !== undefined) {
    return { role: 'none', reason: 'on a managed instance the worker threads ship for themselves' };
  }
  return { role: 'full', reason: 'nobody else is certain to ship this output' };
}
