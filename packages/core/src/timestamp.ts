/** The `_time` of a record: nanoseconds that keep the order of writing, also for times that others measured in milliseconds. */

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
/** End of the year 9999, after which RFC 3339 has no form. */
const END_OF_TIME_MS = 253_402_300_799_999;
const COUNTER_SIZE = 1_000_000;

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

/**
 * Makes the `_time` of one process's records. The six digits behind the milliseconds come from one counter for all of
 * them, so that lines that bring a time in milliseconds keep their order too.
 */
export class Timestamps {
  readonly #clock: () => number;
  #counter = 0;
  /** The latest second seen, ours or somebody's. */
  #latestSecond = 0;
  #lastMs = 0;
  #lastDigits = -1;
  /** The second that `#prefix` is the text of; formatting a date for every record would cost more than the rest. */
  #second = -1;
  #prefix = '';

  /** @param clock Milliseconds since 1970. */
  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Milliseconds since 1970. */
  nowMs(): number {
    const ms = Math.floor(this.#clock());
    // A clock that is out of its mind must not make formatting throw.
    return ms > 0 && ms < END_OF_TIME_MS ? ms : this.#lastMs;
  }

  /** The time of a record written now: later than all before it, also when the clock goes backwards. */
  next(): string {
    let ms = this.nowMs();
    if (ms < this.#lastMs) ms = this.#lastMs;
    const digits = this.#nextDigits(ms);
    if (ms === this.#lastMs && digits <= this.#lastDigits) ms++;
    this.#lastMs = ms;
    this.#lastDigits = digits;
    return this.#format(ms, digits);
  }

  /** The time of a record that came with its own, completed to nanoseconds. */
  complete(own: OwnTime): string {
    const { ms, digits } = own;
    if (digits.length === 6) return this.#format(ms, Number(digits));
    const ours = this.#nextDigits(ms);
    if (digits === '') return this.#format(ms, ours);
    return this.#format(ms, Number(digits) * 1000 + (ours % 1000));
  }

  /** Starts over between two seconds when it can, so that no two lines of the same second change places. */
  #nextDigits(ms: number): number {
    const second = Math.floor(ms / 1000);
    if (second > this.#latestSecond) {
      this.#latestSecond = second;
      if (this.#counter >= COUNTER_SIZE / 2) this.#counter = 0;
    }
    if (this.#counter === COUNTER_SIZE) this.#counter = 0;
    return this.#counter++;
  }

  #format(ms: number, digits: number): string {
    const second = Math.floor(ms / 1000);
    if (second !== this.#second) {
      this.#prefix = new Date(second * 1000).toISOString().slice(0, 20);
      this.#second = second;
    }
    const nanoseconds = 1_000_000_000 + (ms - second * 1000) * 1_000_000 + digits;
    return `${this.#prefix}${String(nanoseconds).slice(1)}Z`;
  }
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
