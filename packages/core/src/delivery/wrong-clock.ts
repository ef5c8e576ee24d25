/**
 * Warns about a clock that differs from the server's by days.
 *
 * @lazy
 */
import { warn } from '../process/warn.ts';
import { DAY_MS } from '../record/retention.ts';

/** The server at this URL answers that all is well, but drops lines whose time is too far from its own. */
export function warnOfWrongClock(url: string, aheadMs: number): void {
  const days = Math.round(Math.abs(aheadMs) / DAY_MS);
  const away = `${days} days ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
  const dropped =
    'which drops log records whose time is further behind than its retention or more than 2 days ahead';
  warn('DL_CLOCK', `the clock of this machine is ${away} that of ${url}, ${dropped}`);
}
