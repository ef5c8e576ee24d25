/** Reads how long a server keeps lines. Pure. @lazy settings */
import { DAY_MS } from './retention.ts';

const RETENTION = /^(\d{1,6})([hdwMy]?)$/;
const UNITS = 'hdwMy';
/** The days of each, with the server's month. */
const DAYS = [1 / 24, 1, 7, 31, 365];

/**
 * Reads a retention as VictoriaLogs does: `7d`, `24h`, `4w`, `1y`; `3M` or only `3` is months. In milliseconds; undefined for
 * anything else, and for less than a day.
 */
export function parseRetention(text: string): number | undefined {
  const [, count, unit] = RETENTION.exec(text.trim()) ?? [];
  const ms = Math.round(Number(count) * (DAYS[UNITS.indexOf(unit || 'M')] as number) * DAY_MS);
  return ms >= DAY_MS ? ms : undefined;
}
