/** How long a flush may take, and when to begin one early. Pure. */

/** Before the first invocation there is no deadline, but the wait makes the cold start longer for the caller. */
const FIRST_WAIT_MS = 250;
/** Reserved for what the runtime does between the flush and the deadline. */
const RESERVE_MS = 100;
/** A killed runtime cannot flush, so an early flush begins this long before the deadline. */
const LAST_CHANCE_MS = 200;

/**
 * The longest wait between two invocations, whatever the flush timeout is: half of the time that is left, minus a
 * reserve. The platform counts this wait as part of the invocation, and kills the process at the deadline.
 */
export function longestWaitMs(deadlineMs: number | undefined, nowMs: number): number {
  if (deadlineMs === undefined) return FIRST_WAIT_MS;
  return Math.max(0, (deadlineMs - nowMs) / 2 - RESERVE_MS);
}

/** The delay until the early flush of an invocation. Undefined if the deadline is unknown, too close or too far away. */
export function earlyFlushDelayMs(
  deadlineMs: number | undefined,
  nowMs: number,
): number | undefined {
  if (deadlineMs === undefined) return undefined;
  const delayMs = deadlineMs - nowMs - LAST_CHANCE_MS;
  return delayMs > 0 && delayMs <= MAX_TIMER_MS ? delayMs : undefined;
}

/** Longer delays make a timer fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
