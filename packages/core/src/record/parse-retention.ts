/**
 * Reads how long a server keeps lines. Pure.
 *
 * @lazy
 */
import { DAY_MS, HOUR_MS } from './retention.ts';

const RETENTION = /^(\d{1,6})([hdwMy]?)$/;
const UNITS_MS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    h: HOUR_MS,
    d: DAY_MS,
    w: 7 * DAY_MS,
    // The server's month.
    M: 31 * DAY_MS,
    '': 31 * DAY_MS,
    y: 365 * DAY_MS,
  }),
);

/**
 * Reads a retention as VictoriaLogs does: `7d`, `24h`, `4w`, `1y`; `3M` or only `3` is months. In milliseconds; undefined for
 * anything else, and for less than a day.
 */
export function parseRetention(text: string): number | undefined {
  const [, count, unit] = RETENTION.exec(text.trim()) ?? [];
  const ms = Number(count) * (UNITS_MS.get(unit ?? '') ?? Number.NaN);
  return ms >= DAY_MS ? ms : undefined;
}
