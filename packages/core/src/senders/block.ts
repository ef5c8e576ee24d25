/**
 * Lines in memory, each framed as a chunk of HTTP/1.1 (RFC 9112, section 7.1). Consecutive lines of a block can be sent as they
 * are in an open request, so the write-through sender writes them from where the queue put them.
 */

/** Five hexadecimal digits, enough for the longest line that the server takes, and the line end after them. */
const HEAD_BYTES = 7;
const TAIL_BYTES = 2;
/** Bytes that a line takes in a block in addition to its own. */
export const FRAME_BYTES: number = HEAD_BYTES + TAIL_BYTES;
/** A UTF-16 code unit takes at most three bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const CR = 13;
const LF = 10;

/** Lower values are dropped first when memory is short. */
export const IMPORTANCE = {
  /** A copy of a line that the server has acknowledged. */
  copy: 0,
  /** INFO and below. */
  ordinary: 1,
  important: 2,
  /** The record that reports what was dropped. It never is. */
  report: 3,
} as const;

export type Importance = (typeof IMPORTANCE)[keyof typeof IMPORTANCE];

/** A line as bytes, which can change after the call. */
export interface LineInBytes {
  readonly bytes: Buffer;
  /** How many of them are the line. */
  readonly length: number;
  toString(): string;
}

/** Consecutive lines of one block, handed out together and settled together. */
export interface BlockRange {
  readonly block: Block;
  /** First line of the range within its block. */
  readonly from: number;
  /** One after its last line. Grows while a request takes more lines. */
  to: number;
  /** Encoded bytes of its lines without frames. Grows with `to`. */
  bytes: number;
}

type Lines = Pick<BlockRange, 'block' | 'from' | 'to'>;

/** What is noted with the end of each line, in its lowest bits: the importance, and whether the line was sent before. */
const FLAG_BITS = 3;
const FLAGS = 2 ** FLAG_BITS - 1;
const SENT = 4;

/** Room for the ends of lines of this length. If the lines of a block are shorter, the list of ends grows. */
const BYTES_PER_LINE = 256;

/** A block of memory with framed lines, one after the other. */
export class Block {
  /** When its first line was written, by the wall clock. */
  since = 0;
  /** How many lines had been written to the queue before its first one: older blocks have lower numbers. */
  first = 0;
  lines = 0;
  used = 0;
  /** The first line that has never been handed out. */
  sent = 0;
  inFlight = 0;
  settled = 0;
  /** All lines before this one are settled. */
  settledThrough = 0;
  /** True when no new lines are written to it. */
  sealed = false;
  /** No line in it is less important. */
  least: Importance = IMPORTANCE.report;
  /** The lines in their frames. Only the block itself writes to it, or puts another one in its place. */
  buffer: Buffer;
  /** End of each line's frame, and its flags. */
  #ends: Uint32Array;
  /** What the spool knows each line by; empty without a spool. */
  #tags: number[] = [];
  /** Ranges that were settled before the lines in front of them. */
  readonly later: BlockRange[] = [];

  /** @param bytes Room for lines and frames. */
  constructor(bytes: number) {
    this.buffer = Buffer.allocUnsafeSlow(bytes);
    this.#ends = new Uint32Array(Math.max(1, Math.ceil(bytes / BYTES_PER_LINE)));
  }

  /** Writes one line after the others. Returns its bytes without the frame, at least one, or 0 when there is no room. */
  append(line: string | LineInBytes, importance: Importance, tag: number): number {
    const { buffer } = this;
    const room = buffer.length - this.used - FRAME_BYTES;
    const mayNotFit = line.length * MAX_BYTES_PER_UNIT > room;
    if (mayNotFit && lengthOf(line) > room) return 0;
    const start = this.used + HEAD_BYTES;
    let bytes = line.length;
    if (typeof line === 'string') bytes = buffer.write(line, start);
    else line.bytes.copy(buffer, start, 0, bytes);
    for (let at = this.used + 4, rest = bytes; at >= this.used; at--, rest >>= 4)
      buffer[at] = DIGITS[rest & 15] as number;
    const end = start + bytes;
    buffer[start - 2] = buffer[end] = CR;
    buffer[start - 1] = buffer[end + 1] = LF;
    this.#note(end + TAIL_BYTES, importance, tag);
    return bytes;
  }

  startOf(line: number): number {
    return line === 0 ? 0 : (this.#ends[line - 1] as number) >>> FLAG_BITS;
  }

  endOf(line: number): number {
    return (this.#ends[line] as number) >>> FLAG_BITS;
  }

  importanceOf(line: number): Importance {
    return ((this.#ends[line] as number) & 3) as Importance;
  }

  noteSent(from: number, to: number): void {
    for (let line = from; line < to; line++) this.#ends[line] = (this.#ends[line] as number) | SENT;
  }

  sentIn(from: number, to: number): number {
    return this.#ends.subarray(from, to).reduce((sum, end) => sum + (end & SENT) / SENT, 0);
  }

  /** What the spool knows a line by; 0 for nothing. */
  tagOf(line: number): number {
    return this.#tags.at(line) ?? 0;
  }

  settle(range: BlockRange): void {
    this.settled += range.to - range.from;
    if (range.from === this.settledThrough) this.#advance(range.to);
    else this.later.push(range);
  }

  clear(): void {
    this.#tags.length = 0;
    this.lines = this.used = this.sent = this.settled = this.settledThrough = 0;
    this.least = IMPORTANCE.report;
    this.later.length = 0;
  }

  /** Moves these lines, in their order, to the end of a block, which can be this one. Forgets all others. */
  moveTo(block: Block, lines: readonly number[]): void {
    const old = lines.map(
      (line) => [this.startOf(line), this.#ends[line] as number, this.tagOf(line)] as const,
    );
    this.clear();
    for (const [start, end, tag] of old) block.#copy(this.buffer, start, end, tag);
  }

  /** Takes the text of its lines, their importance and whether they were sent from another block with as many lines. */
  takeText(block: Block): void {
    this.buffer = block.buffer;
    this.#ends = block.#ends;
    this.used = block.used;
  }

  #advance(to: number): void {
    this.settledThrough = to;
    const next = this.later.findIndex(({ from }) => from === to);
    if (next < 0) return;
    const [later] = this.later.splice(next, 1);
    this.#advance((later as BlockRange).to);
  }

  #copy(buffer: Buffer, start: number, endAndFlags: number, tag: number): void {
    const end = endAndFlags >>> FLAG_BITS;
    // Within one block lines only move down, which `copy` handles.
    buffer.copy(this.buffer, this.used, start, end);
    this.#note(this.used + end - start, endAndFlags & FLAGS, tag);
  }

  #note(end: number, flags: number, tag: number): void {
    if (this.lines === this.#ends.length) this.#ends = twiceAsLong(this.#ends);
    this.#ends[this.lines] = (end << FLAG_BITS) | flags;
    if (tag !== 0 || this.#tags.length > 0) this.#noteTag(tag);
    const importance = (flags & 3) as Importance;
    if (importance < this.least) this.least = importance;
    this.lines++;
    this.used = end;
  }

  #noteTag(tag: number): void {
    while (this.#tags.length < this.lines) this.#tags.push(0);
    this.#tags.push(tag);
  }
}

function twiceAsLong(ends: Uint32Array): Uint32Array {
  const longer = new Uint32Array(ends.length * 2);
  longer.set(ends);
  return longer;
}

/** Encoded bytes of the lines without frames. */
export function sizeOf({ block, from, to }: Lines): number {
  return block.endOf(to - 1) - block.startOf(from) - (to - from) * FRAME_BYTES;
}

export function lengthOf(line: string | LineInBytes): number {
  return typeof line === 'string' ? Buffer.byteLength(line) : line.length;
}

/** A copy of the lines as bytes, without their frames. */
export function bytesOf(lines: Lines): Buffer {
  const { block, from, to } = lines;
  const bytes = Buffer.allocUnsafe(sizeOf(lines));
  let at = 0;
  for (let line = from; line < to; line++) {
    const end = block.endOf(line) - TAIL_BYTES;
    at += block.buffer.copy(bytes, at, block.startOf(line) + HEAD_BYTES, end);
  }
  return bytes;
}

export class RequestLines {
  ranges: BlockRange[] = [];
  count = 0;
  bytes = 0;

  add(range: BlockRange): void {
    const last = this.ranges[this.ranges.length - 1];
    this.count += range.to - range.from;
    this.bytes += range.bytes;
    if (last !== undefined && last.block === range.block && last.to === range.from) {
      last.to = range.to;
      last.bytes += range.bytes;
    } else this.ranges.push(range);
  }

  takeAll(): BlockRange[] {
    const { ranges } = this;
    this.ranges = [];
    this.count = this.bytes = 0;
    return ranges;
  }

  /** How many lines have a part in the last `bytes` bytes. */
  lastIn(bytes: number): number {
    let left = bytes;
    let lines = 0;
    for (const { block, from, to } of this.ranges.toReversed())
      for (let line = to - 1; line >= from && left > 0; line--, lines++)
        left -= block.endOf(line) - block.startOf(line);
    return lines;
  }
}

export function linesIn(ranges: readonly BlockRange[]): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0);
}

export function bytesIn(ranges: readonly BlockRange[]): number {
  return ranges.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** As many of the first lines as take at most `maxBytes` in a request, but at least one. */
export function cut({ block, from, to }: Lines, maxBytes: number): BlockRange {
  const start = block.startOf(from);
  const size = block.endOf(to - 1) - start;
  if (size <= maxBytes) return { block, from, to, bytes: size - (to - from) * FRAME_BYTES };
  let low = from + 1;
  let high = to;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (block.endOf(middle - 1) - start <= maxBytes) low = middle;
    else high = middle - 1;
  }
  return { block, from, to: low, bytes: sizeOf({ block, from, to: low }) };
}
