/** Bounds the wait for the server when a function's process exits: its caller waits as well. */
import { listenFirst, type Transport } from '@direct-logging/core';
import { longestWaitMs } from './flush-budget.ts';

/**
 * While an invocation runs, the flush at the exit waits no longer than a flush at the end of the invocation may.
 * @param deadlineMs When the platform ends the running invocation, if one is running.
 * @returns Removes the bound from later exits.
 */
export function boundExit(transport: Transport, deadlineMs: () => number | undefined): () => void {
  // The transport's own listeners come after this.
  return listenFirst(['beforeExit', 'exit'], () => {
    const deadline = deadlineMs();
    const now = Date.now();
    if (deadline !== undefined) transport.setDeadline(now + longestWaitMs(deadline, now));
  });
}
