/** How long to wait before the next attempt. Pure. */
import type { Failure } from '../senders/outcome.ts';

const MIN_WAIT_MS = 50;
const MAX_WAIT_MS = 5_000;
/** A server that refuses everything (credentials, path) is asked again, but rarely. */
const MIN_REFUSED_WAIT_MS = 1_000;
const MAX_REFUSED_WAIT_MS = 60_000;

/**
 * The wait before the next attempt, in milliseconds: doubled with each failure in a row, less a random part of up to one half.
 * A server can ask for a longer wait, but not for a shorter one: its clock may be wrong.
 */
export function waitBeforeRetry(failures: number, failure: Failure, random: number): number {
  const [min, max] =
    failure.kind === 'retryable'
      ? [MIN_WAIT_MS, MAX_WAIT_MS]
      : [MIN_REFUSED_WAIT_MS, MAX_REFUSED_WAIT_MS];
  const doubled = Math.min(min * 2 ** Math.min(Math.max(failures, 1) - 1, 20), max);
  const ours = Math.round(doubled * (1 - random / 2));
  const asked = failure.kind === 'retryable' ? (failure.retryAfterMs ?? 0) : 0;
  return Math.max(ours, asked);
}
