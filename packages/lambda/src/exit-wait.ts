/** Bounds the wait for the server when a function's process exits: its caller waits as well. */
import { allowOneListenerMore, guarded, type Transport } from '@direct-logging/core';
import { longestWaitMs } from './flush-budget.ts';

/**
 * While an invocation runs, the flush at the exit waits no longer than a flush at the end of the invocation may.
 * @param deadlineMs When the platform ends the running invocation, if one is running.
 * @returns Removes the bound from later exits.
 */
export function boundExit(transport: Transport, deadlineMs: () => number | undefined): () => void {
  const beforeFlush = guarded(() => {
    const deadline = deadlineMs();
    const now = Date.now();
    if (deadline !== undefined) transport.setDeadline(now + longestWaitMs(deadline, now));
  });
  const disallow = allowOneListenerMore();
  // The transport's own listeners come after these.
  process.prependListener('beforeExit', beforeFlush);
  process.prependListener('exit', beforeFlush);
  return () => {
    process.removeListener('beforeExit', beforeFlush);
    process.removeListener('exit', beforeFlush);
    disallow();
  };
}
