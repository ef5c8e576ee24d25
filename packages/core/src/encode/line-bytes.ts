/** One line of JSON that is put together as bytes. A string would be copied twice, and its pieces are garbage. */
import { MAX_LINE_BYTES } from './limits.ts';
import type { Timestamps } from './timestamps.ts';

type Time = Pick<Timestamps, 'microsecond' | 'nanoseconds'>;

/** Every line begins with its time, down to the microsecond, and three more digits; then comes the message. */
const START = '{"_time":"';
const MICROSECOND = START.length;
const DIGITS = MICROSECOND + '2026-11-25T01:02:03.045000'.length;
const MESSAGE = DIGITS + 3;
const BEFORE_MESSAGE = 'Z","_msg":';
/** Room for a text of `MAX_UNITS_UNCOUNTED` in which each character is escaped. */
export const MAX_BYTES: number = 2 * MAX_LINE_BYTES;
/** Room for time, common fields and numbers. */
const BYTES_AROUND = 64 * 1024;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const ZERO = 0x30;
const LINE_FEED = 0x0a;
const CLOSE_OBJECT = 0x7d;
/** What `write` calls after it has checked its arguments. */
export const { utf8Write } = Buffer.prototype as unknown as {
  utf8Write(this: Buffer, text: string, at: number): number;
};

/** By byte: 1 for what cannot stand in a JSON string as it is. */
export const IS_SPECIAL: Uint8Array = new Uint8Array(256).fill(1, 0, 0x20);
IS_SPECIAL[QUOTE] = IS_SPECIAL[BACKSLASH] = 1;

/** The line that is being encoded, or was encoded last. */
export class LineBytes {
  /** What no line has needed so far takes no memory. */
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(MAX_BYTES + BYTES_AROUND);
  length = 0;
  #microsecond = '';

  constructor() {
    this.bytes.write(START);
    this.bytes.write(BEFORE_MESSAGE, MESSAGE);
  }

  toString(): string {
    return this.bytes.toString('utf8', 0, this.length);
  }

  /** Begins a line; the message comes next. Most of it is the same as in the line before. */
  begin({ microsecond, nanoseconds }: Time): void {
    const { bytes } = this;
    if (microsecond !== this.#microsecond) {
      bytes.write(microsecond, MICROSECOND);
      this.#microsecond = microsecond;
    }
    bytes[DIGITS] = ZERO + ((nanoseconds / 100) | 0);
    bytes[DIGITS + 1] = ZERO + (((nanoseconds / 10) | 0) % 10);
    bytes[DIGITS + 2] = ZERO + (nanoseconds % 10);
    this.length = MESSAGE + BEFORE_MESSAGE.length;
  }

  add(text: string): void {
    this.length += utf8Write.call(this.bytes, text, this.length);
  }

  addBytes(bytes: Buffer, from = 0, to: number = bytes.length): void {
    bytes.copy(this.bytes, this.length, from, to);
    this.length += to - from;
  }

  /** Adds a text as a JSON string. */
  addString(text: string): void {
    const { bytes } = this;
    const start = this.length + 1;
    const end = start + utf8Write.call(bytes, text, start);
    let at = start;
    while (at < end && IS_SPECIAL[bytes[at] as number] === 0) at++;
    if (at < end) {
      this.add(JSON.stringify(text.toWellFormed()));
      return;
    }
    bytes[start - 1] = bytes[end] = QUOTE;
    this.length = end + 1;
  }

  /** Adds the last number of a line, and ends it. */
  end(number: number): void {
    const { bytes, length } = this;
    let digits = 1;
    for (let rest = number; rest >= 10; rest = Math.floor(rest / 10)) digits++;
    const end = length + digits;
    for (let at = end - 1, rest = number; at >= length; at--, rest = Math.floor(rest / 10)) {
      bytes[at] = ZERO + (rest % 10);
    }
    bytes[end] = CLOSE_OBJECT;
    bytes[end + 1] = LINE_FEED;
    this.length = end + 2;
  }
}
