/** Times that came with a message: RFC 3339 and the usual numbers. Pure. */
import { DAY_MS, HOUR_MS } from './retention.ts';

export interface OwnTime {
  /** Whole milliseconds since 1970. */
  readonly ms: number;
  /** Its digits after the milliseconds: none, three (microseconds) or six (nanoseconds). */
  readonly digits: string;
}

/** For a wait in the queue. */
const MARGIN_MS = HOUR_MS;
/** The server drops what is more than two days ahead: https://docs.victoriametrics.com/victorialogs/#retention */
const LATEST_MS = 2 * DAY_MS - MARGIN_MS;
/**
 * Smaller numbers are seconds, below 1,000 times this milliseconds, below 1,000,000 times microseconds: the server's rule.
 * https://github.com/VictoriaMetrics/VictoriaLogs/blob/master/app/vlinsert/insertutil/timestamp.go
 */
const SECONDS_BELOW = 2 ** 31;

const RFC_3339 =
  /^"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|([+-])(\d\d):?(\d\d))"$/i;
const NUMBER = /^"?(\d{9,19})(?:\.(\d+))?"?$/;

const ZERO = 0x30;
/** A second as JSON of `toISOString` up to the point after it, and the same second in milliseconds. */
let lastSecond = 'none';
let lastSecondMs = 0;

/** Which times the server takes. */
export interface TimeWindow {
  /** Milliseconds since 1970. */
  nowMs: number;
  /** How long the server keeps lines, in milliseconds. It drops older ones, and still acknowledges them. */
  readonly retentionMs: number;
}

/** Whether the server takes the time, with a margin for the delivery. */
export function isInWindow(ms: number, { nowMs, retentionMs }: TimeWindow): boolean {
  return ms > nowMs - retentionMs + MARGIN_MS && ms < nowMs + LATEST_MS;
}

/**
 * Reads a time from JSON text: RFC 3339 with a zone, or a number, quoted or not, of seconds, milliseconds, microseconds or
 * nanoseconds by its size. Undefined for anything else.
 */
export function parseTime(json: string): OwnTime | undefined {
  const usual = usualTime(json);
  if (usual !== undefined) return usual;
  const number = NUMBER.exec(json);
  if (number !== null) return fromNumber(number[1] as string, number[2] ?? '');
  const parts = RFC_3339.exec(json);
  return parts === null ? undefined : fromParts(parts);
}

/** The output of `Date.now()` and `toISOString()`. A program writes many of these in the same second. */
function usualTime(json: string): OwnTime | undefined {
  if (json.length === 13) {
    const ms = digitsOf(json, 0, 13);
    return ms >= SECONDS_BELOW && ms < SECONDS_BELOW * 1e3 ? { ms, digits: '' } : undefined;
  }
  if (json.length !== 26 || !json.startsWith(lastSecond) || !json.endsWith('Z"')) return undefined;
  const ms = digitsOf(json, 21, 24);
  return ms < 0 ? undefined : { ms: lastSecondMs + ms, digits: '' };
}

/** A number made only of digits; -1 for anything else. */
function digitsOf(text: string, start: number, end: number): number {
  let number = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return -1;
    number = number * 10 + digit;
  }
  return number;
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
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map(Number);
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // Date turns 30 February into a day in March.
  const exists = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 59) return undefined;
  const zoneMs = (Number(parts[9] ?? 0) * 60 + Number(parts[10] ?? 0)) * 60_000;
  const utcMs = parts[8] === '-' ? date.getTime() + zoneMs : date.getTime() - zoneMs;
  if (parts[0].length === 26 && parts[0].endsWith('Z"')) {
    lastSecond = parts[0].slice(0, 21);
    lastSecondMs = utcMs;
  }
  return fromDigits(utcMs, parts[7] ?? '');
}

/** Adds the digits after the second to a time in whole seconds. */
function fromDigits(secondMs: number, fraction: string): OwnTime {
  const ms = secondMs + Number(fraction.slice(0, 3).padEnd(3, '0'));
  return { ms, digits: padSubMs(fraction.slice(3)) };
}

function padSubMs(digits: string): string {
  if (digits === '') return '';
  return digits.length <= 3 ? digits.padEnd(3, '0') : digits.slice(0, 6).padEnd(6, '0');
}
