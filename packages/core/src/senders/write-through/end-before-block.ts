/** What is done about the open request before the thread blocks. @lazy */
import { pause, steadyClock } from '../../process/timers.ts';
import { SLOW_AFTER_MS } from '../request-rule.ts';
import type { Sender, SenderHost } from '../sender.ts';
import type { ConnectionPool } from './pool.ts';

const POLL_EVERY_MS = 1;

/**
 * Ends the open request once another one can begin: the next lines must not wait in memory, where the thread may stay blocked with
 * them for as long as it lives. If the server is slow, the request stays open.
 *
 * @param poll Looks for answers.
 */
export function endBeforeBlock(
  sender: Sender,
  pool: ConnectionPool,
  host: SenderHost,
  poll: () => void,
): void {
  const awaitsAny = () => pool.awaitsSince(Number.POSITIVE_INFINITY);
  const waitForAnswer = () => {
    while (!pool.isReady && awaitsAny() && !pool.awaitsSince(steadyClock() - SLOW_AFTER_MS)) {
      pause(POLL_EVERY_MS);
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
  }
}
