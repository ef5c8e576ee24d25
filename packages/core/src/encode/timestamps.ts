/** The `_time` of a record, with nanoseconds that keep the order of writing even for times that came in milliseconds. */
import type { OwnTime } from '../record/parse-time.ts';

/** End of the year 9999, after which RFC 3339 has no form. */
const END_OF_TIME_MS = 253_402_300_799_999;
const COUNTER_SIZE = 1_000_000;
/** If the clock is set back by less than this, the times go on from the last one until the clock has caught up. */
const MAX_SET_BACK_MS = 60_000;

export interface TimeSource {
  /** Milliseconds since 1970. */
  now(): number;
}

/**
 * Makes the `_time` of one encoder's records. The six digits after the milliseconds come from one counter for all records,
 * so that lines with their own time in milliseconds keep their order, too.
 */
export class Timestamps {
  readonly #source: TimeSource;
  #counter = 0;
  /** The latest second seen, of our clock or of a record. */
  #latestSecond = 0;
  #lastMs = 0;
  #lastDigits = -1;
  #ms = -1;
  #thousands = -1;
  /** The text of this microsecond: formatting a date for every record would cost more than the rest. */
  microsecond = '';
  /** The last three digits. */
  nanoseconds = 0;

  constructor(source: TimeSource) {
    this.#source = source;
  }

  /** Milliseconds since 1970. */
  nowMs(): number {
    const ms = Math.floor(this.#source.now());
    // An absurd time of the clock must not make formatting throw.
    return ms > 0 && ms < END_OF_TIME_MS ? ms : this.#lastMs;
  }

  /**
   * The time of a record written now. It is later than all before it, even if the clock was set back a little. If the clock
   * was set back by more, it was wrong before. Its new time is used then, since the server drops times too far ahead.
   */
  next(nowMs: number = this.nowMs()): this {
    const isBehind = nowMs < this.#lastMs && nowMs > this.#lastMs - MAX_SET_BACK_MS;
    let ms = isBehind ? this.#lastMs : nowMs;
    const digits = this.#nextDigits(ms);
    if (ms === this.#lastMs && digits <= this.#lastDigits) ms++;
    this.#lastMs = ms;
    this.#lastDigits = digits;
    return this.#format(ms, digits);
  }

  /** The time of a record that has its own, completed to nanoseconds. */
  complete(own: OwnTime): this {
    const { ms, digits } = own;
    if (digits.length === 6) return this.#format(ms, Number(digits));
    const ours = this.#nextDigits(ms);
    if (digits === '') return this.#format(ms, ours);
    return this.#format(ms, Number(digits) * 1000 + (ours % 1000));
  }

  /** The next number. Starts again between two seconds if possible, so that no two lines of one second change places. */
  #nextDigits(ms: number): number {
    const second = Math.floor(ms / 1000);
    if (second > this.#latestSecond || second < this.#latestSecond - MAX_SET_BACK_MS / 1000) {
      this.#latestSecond = second;
      if (this.#counter >= COUNTER_SIZE / 2) this.#counter = 0;
    }
    if (this.#counter === COUNTER_SIZE) this.#counter = 0;
    return this.#counter++;
  }

  /** The time that was made last. */
  toString(): string {
    return `${this.microsecond}${threeDigits(this.nanoseconds)}Z`;
  }

  #format(ms: number, digits: number): this {
    const thousands = Math.floor(digits / 1000);
    if (ms !== this.#ms || thousands !== this.#thousands) this.#formatHead(ms, thousands);
    this.nanoseconds = digits % 1000;
    return this;
  }

  #formatHead(ms: number, thousands: number): void {
    const second = Math.floor(ms / 1000);
    const isSameSecond = second === Math.floor(this.#ms / 1000);
    const text = isSameSecond ? this.microsecond : new Date(ms).toISOString();
    this.microsecond = text.slice(0, 20) + threeDigits(ms - second * 1000) + threeDigits(thousands);
    this.#ms = ms;
    this.#thousands = thousands;
  }
}

function threeDigits(number: number): string {
  return String(number).padStart(3, '0');
}
