/** Decides which of a thread's output the thread ships itself. Pure. */
import { STDIO_VARIABLE } from './child-output/marker.ts';

/** Tells the preload that it is wanted in a thread whose environment has no settings. The preload removes it. */
export const THREAD_VARIABLE = 'DIRECT_LOGGING_THREAD';

/** What is known about the thread that is starting, when `VICTORIALOGS_URL` is set. */
export interface ThreadContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isMainThread: boolean;
  /** Whether the thread that started this one ships; undefined when none has registered. */
  readonly parentThreadShips: boolean | undefined;
}

/**
 * `full`: ship everything. `descriptors`: ship only direct writes to the descriptors, since console and streams arrive in the
 * thread that started this one. `none`: ship nothing.
 */
export type Role = 'none' | 'full' | 'descriptors';

/**
 * A thread leaves output to another one only if it is certain to arrive there. Among the threads of a process it is. Among
 * processes it is not: a child cannot know whether its parent prints what it reads. So a child ships for itself, and a
 * parent leaves out what a child has shipped, see `ChildOutput`.
 */
export function roleOf({ env, isMainThread, parentThreadShips }: ThreadContext): Role {
  if (!isMainThread) {
    if (parentThreadShips === undefined) return 'full';
    return parentThreadShips ? 'descriptors' : 'none';
  }
  // On a managed instance the worker threads ship for themselves. A process that they start is a child like any other.
  const { AWS_LAMBDA_RUNTIME_API: runtime, AWS_LAMBDA_MAX_CONCURRENCY: managed } = env;
  const isChild = env[STDIO_VARIABLE] !== undefined;
  return runtime && managed !== undefined && !isChild ? 'none' : 'full';
}
