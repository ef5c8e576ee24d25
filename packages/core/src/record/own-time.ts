/** Times that came with a message: RFC 3339 and the usual numbers. Pure. */

/** A time that came with a message. */
export interface OwnTime {
  /** Whole milliseconds since 1970. */
  readonly ms: number;
  /** Its digits behind the milliseconds: none, three (microseconds) or six (nanoseconds). */
  readonly digits: string;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The server drops what is older than 7 days, with its default settings; a record may wait in the queue for a while. */
const OLDEST_MS = 7 * DAY_MS - HOUR_MS;
/** The server drops what is later than the end of the day after tomorrow. */
const LATEST_MS = 2 * DAY_MS - HOUR_MS;
/** Numbers below are seconds; times 1,000 milliseconds; times 1,000,000 microseconds: the server's rule. */
const SECONDS_BELOW = 2 ** 31;

const RFC_3339 =
  /^"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))"$/i;
const NUMBER = /^"?(\d{9,19})(?:\.(\d+))?"?$/;

/** Whether the server accepts the time, with a margin for the way. */
export function isInWindow(ms: number, nowMs: number): boolean {
  return ms > nowMs - OLDEST_MS && ms < nowMs + LATEST_MS;
}

/**
 * Reads a time from JSON text: RFC 3339 with a zone, or a number, quoted or not, of seconds, milliseconds, microseconds or
 * nanoseconds by its size. Undefined for anything else.
 */
export function parseTime(json: string): OwnTime | undefined {
  const number = NUMBER.exec(json);
  if (number !== null) return fromNumber(number[1] as string, number[2] ?? '');
  const parts = RFC_3339.exec(json);
  return parts === null ? undefined : fromParts(parts);
}

function fromNumber(whole: string, fraction: string): OwnTime {
  const value = Number(whole);
  if (value < SECONDS_BELOW) return fromDigits(value * 1000, fraction);
  if (value < SECONDS_BELOW * 1e3) return { ms: value, digits: padSubMs(fraction) };
  if (value < SECONDS_BELOW * 1e6) {
    return { ms: Number(whole.slice(0, -3)), digits: padSubMs(whole.slice(-3) + fraction) };
  }
  return { ms: Number(whole.slice(0, -6)), digits: whole.slice(-6) };
}

function fromParts(parts: RegExpExecArray): OwnTime | undefined {
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Date rolls 30 February over to March.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return undefined;
  const zoneMs = (Number(parts[9] ?? 0) * 60 + Number(parts[10] ?? 0)) * 60_000;
  const utcMs = parts[8] === '-' ? date.getTime() + zoneMs : date.getTime() - zoneMs;
  return fromDigits(utcMs, parts[7] ?? '');
}

/** Adds the digits behind the second to a time in whole seconds. */
function fromDigits(secondMs: number, fraction: string): OwnTime {
  const ms = secondMs + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return { ms, digits: padSubMs(fraction.slice(3)) };
}

function padSubMs(digits: string): string {
  if (digits === '') return '';
  return digits.length <= 3 ? digits.padEnd(3, '0') : digits.slice(0, 6).padEnd(6, '0');
}

/** Gives a line that waited too long for the server's window the present time; its own stays as `_time_extracted`. */
export function retime(line: string, nowMs: number): string {
  const [whole, json] = FIRST_TIME.exec(line) ?? [];
  const time = json === undefined ? undefined : parseTime(json);
  if (whole === undefined || time === undefined || isInWindow(time.ms, nowMs)) return line;
  const now = new Date(nowMs).toISOString();
  return `{"_time":"${now}","_time_extracted":${json}${line.slice(whole.length)}`;
}

const FIRST_TIME = /^\{"_time":("[^"]*")/;
