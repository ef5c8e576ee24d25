/** What is done about the open request before the thread blocks. @lazy */
import { pause, steadyClock } from '../../process/timers.ts';
import { SLOW_AFTER_MS } from '../request-rule.ts';
import type { Sender, SenderHost } from '../sender.ts';
import type { ConnectionPool } from './pool.ts';

const POLL_EVERY_MS = 1;
/** A program that logs and blocks in turn is slowed down by a tenth at most, however far away the server is. */
const SHARE_OF_WAITING = 0.1;

/** When the thread last blocked with a request open. */
const lastAt = new WeakMap<ConnectionPool, number>();

/**
 * Ends the open request once another one can begin: the next lines must not wait in memory, where the thread may stay blocked with
 * them for as long as it lives. If the server is slow, or the thread has blocked like this a moment ago, the request stays open.
 *
 * @param poll Looks for answers.
 */
export function endBeforeBlock(
  sender: Sender,
  pool: ConnectionPool,
  host: SenderHost,
  poll: () => void,
): void {
  const start = steadyClock();
  const until = start + (start - (lastAt.get(pool) ?? Number.NEGATIVE_INFINITY)) * SHARE_OF_WAITING;
  const awaitsAny = () => pool.awaitsSince(Number.POSITIVE_INFINITY);
  const waitForAnswer = () => {
    for (let now = steadyClock(); !pool.isReady && awaitsAny(); now = steadyClock()) {
      if (now >= until || pool.awaitsSince(now - SLOW_AFTER_MS)) return;
      pause(Math.min(POLL_EVERY_MS, until - now));
      poll();
    }
  };
  try {
    poll();
    waitForAnswer();
    if (!pool.isReady && awaitsAny()) return;
    sender.pump(steadyClock(), 'flush');
    // It was the only connection.
    waitForAnswer();
    if (!pool.isReady) pool.prepareWithoutLoop(true);
  } catch {
    // The stack is full.
    host.current.isGone = true;
  } finally {
    lastAt.set(pool, steadyClock());
  }
}
