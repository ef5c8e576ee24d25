/** The bounded queue of encoded lines: what is unsent, what is unacknowledged, what goes when it is full. Pure. */
import { LEVELS } from '../record/record.ts';
import { Slab, type Span, sizeOf } from '../senders/span.ts';

/** Told of each record that had to go because the queue was full: its level and its tag. */
export type Evicted = (level: number, tag: number) => void;

/** Lines of at most this level go first when the queue is full. */
const LEAST_IMPORTANT = LEVELS.indexOf('INFO');
const MIN_SLAB_BYTES = 16 * 1024;
const MAX_SLAB_BYTES = 128 * 1024;
/** A UTF-16 code unit takes at most three bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** Holds encoded lines in blocks of memory outside V8's heap until each is settled. */
export class Queue {
  readonly #maxBytes: number;
  readonly #slabBytes: number;
  readonly #evicted: Evicted;
  /** Every slab with unsettled records, oldest first. */
  readonly #slabs: Slab[] = [];
  /** Spans that came back undelivered, in order. */
  readonly #returned: Span[] = [];
  /** Index in #slabs below which no slab has records that were never handed out. */
  #cursor = 0;
  #nextOrder = 0;
  #allocated = 0;
  #spare: Buffer | undefined;
  #records = 0;
  #inFlight = 0;
  #bytes = 0;

  constructor(maxBytes: number, evicted: Evicted) {
    this.#maxBytes = maxBytes;
    this.#slabBytes = Math.min(MAX_SLAB_BYTES, Math.max(MIN_SLAB_BYTES, Math.floor(maxBytes / 16)));
    this.#evicted = evicted;
  }

  /** Unsettled records. */
  get records(): number {
    return this.#records;
  }

  /** Encoded bytes of the unsettled records. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Records that are handed out and not settled. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Records that are not handed out at the moment. */
  get unsent(): number {
    return this.#records - this.#inFlight;
  }

  /** Memory held for lines, spare room included. */
  get allocated(): number {
    return this.#allocated;
  }

  /** Appends one line. False when it was given up instead, because nothing less important could make room. */
  append(line: string, level: number, tag = 0): boolean {
    let tail = this.#slabs[this.#slabs.length - 1];
    const most = line.length * MAX_BYTES_PER_UNIT;
    if (tail === undefined || tail.sealed || tail.buffer.length - tail.used < most) {
      const exact = Buffer.byteLength(line);
      if (tail === undefined || tail.sealed || tail.buffer.length - tail.used < exact) {
        tail = this.#newSlab(exact);
        if (tail === undefined) {
          this.#evicted(level, tag);
          return false;
        }
      }
    }
    const start = tail.used;
    const written = tail.buffer.write(line, start);
    tail.ends.push(start + written);
    tail.levels.push(level);
    tail.tags.push(tag);
    this.#records++;
    this.#bytes += written;
    return true;
  }

  /**
   * Hands out the oldest unsent lines of one slab: at least one, else at most so many bytes and records. Undefined when
   * there is nothing to send.
   */
  take(maxBytes: number, maxRecords: number): Span | undefined {
    const returned = this.#returned.shift();
    if (returned !== undefined) {
      const span = cut(returned, maxBytes, maxRecords);
      if (span.to < returned.to) this.#returned.unshift({ ...returned, from: span.to });
      this.#handOut(span);
      return span;
    }
    while (this.#cursor < this.#slabs.length) {
      const slab = this.#slabs[this.#cursor] as Slab;
      if (slab.sent < slab.ends.length) {
        const span = cut({ slab, from: slab.sent, to: slab.ends.length }, maxBytes, maxRecords);
        slab.sent = span.to;
        this.#handOut(span);
        return span;
      }
      if (this.#cursor === this.#slabs.length - 1) return undefined;
      this.#cursor++;
    }
    return undefined;
  }

  /** Ends the life of the span's records, delivered or given up. */
  settle(span: Span): void {
    const { slab } = span;
    const records = span.to - span.from;
    this.#inFlight -= records;
    this.#records -= records;
    this.#bytes -= sizeOf(span);
    slab.inFlight -= records;
    slab.settled += records;
    if (slab.settled < slab.ends.length) return;
    if (!slab.sealed && slab === this.#slabs[this.#slabs.length - 1]) this.#rewind(slab);
    else this.#remove(slab);
  }

  /** Takes a span back that could not be delivered; it is the next to be handed out, oldest first. */
  giveBack(span: Span): void {
    const records = span.to - span.from;
    this.#inFlight -= records;
    span.slab.inFlight -= records;
    let at = this.#returned.length;
    while (at > 0 && isBefore(span, this.#returned[at - 1] as Span)) at--;
    this.#returned.splice(at, 0, span);
  }

  /** Marks what is held now: `isSettledThrough` tells when all of it is settled. */
  mark(): number {
    const tail = this.#slabs[this.#slabs.length - 1];
    if (tail === undefined || tail.ends.length === 0)
      return tail === undefined ? -1 : tail.order - 1;
    tail.sealed = true;
    return tail.order;
  }

  /** Whether everything held at the mark is settled. */
  isSettledThrough(mark: number): boolean {
    const oldest = this.#slabs[0];
    return (
      oldest === undefined || oldest.order > mark || (oldest.ends.length === 0 && !oldest.sealed)
    );
  }

  #handOut(span: Span): void {
    const records = span.to - span.from;
    this.#inFlight += records;
    span.slab.inFlight += records;
  }

  #newSlab(bytes: number): Slab | undefined {
    const tail = this.#slabs[this.#slabs.length - 1];
    // An empty tail that is too small for one large line would stay behind and hold its place for ever.
    if (tail !== undefined && tail.ends.length === 0) this.#remove(tail);
    const size = Math.max(bytes, this.#slabBytes);
    if (this.#allocated + size > this.#maxBytes && !this.#evict(size)) return undefined;
    let buffer = this.#spare;
    if (size === this.#slabBytes && buffer !== undefined) this.#spare = undefined;
    else buffer = Buffer.allocUnsafeSlow(size);
    const slab = new Slab(this.#nextOrder++, buffer);
    // When what follows it is settled first it is the last one again, and nobody looks for new lines there.
    if (tail !== undefined) tail.sealed = true;
    this.#slabs.push(slab);
    this.#allocated += size;
    return slab;
  }

  #rewind(slab: Slab): void {
    slab.ends.length = 0;
    slab.levels.length = 0;
    slab.tags.length = 0;
    slab.sent = 0;
    slab.settled = 0;
    slab.thinned = false;
  }

  #remove(slab: Slab): void {
    const at = this.#slabs.indexOf(slab);
    this.#slabs.splice(at, 1);
    if (at < this.#cursor) this.#cursor--;
    this.#allocated -= slab.buffer.length;
    if (slab.buffer.length === this.#slabBytes) this.#spare = slab.buffer;
  }

  /**
   * Makes room: half-empty slabs are put together, as every flush leaves one; then the least important lines of the oldest
   * slabs go; then whole slabs, oldest first. Nothing goes for a line that would not fit even so.
   */
  #evict(bytes: number): boolean {
    const room = (): boolean => this.#allocated + bytes <= this.#maxBytes;
    const inUse = this.#slabs.filter(({ inFlight }) => inFlight > 0);
    const leastAllocated = inUse.reduce((sum, { buffer }) => sum + buffer.length, 0);
    if (leastAllocated + bytes > this.#maxBytes) return false;
    if (this.#compact(room, false) || this.#compact(room, true)) return true;
    for (const slab of [...this.#slabs]) {
      if (slab.inFlight > 0) continue;
      this.#keep(slab, () => false);
      this.#remove(slab);
      if (room()) return true;
    }
    return false;
  }

  /** Puts slabs together, thinned ones if need be, until there is room; false when there is none in the end. */
  #compact(room: () => boolean, thins: boolean): boolean {
    let roomy: Slab | undefined;
    for (const slab of [...this.#slabs]) {
      if (slab.inFlight > 0) {
        roomy = undefined;
        continue;
      }
      if (thins && !slab.thinned) this.#thin(slab);
      if (roomy !== undefined && roomy.buffer.length - roomy.used >= slab.used) {
        this.#merge(slab, roomy);
      } else {
        roomy = slab;
      }
      if (slab.ends.length === 0) this.#remove(slab);
      if (roomy === slab && slab.ends.length === 0) roomy = undefined;
      if (room()) return true;
    }
    return false;
  }

  #thin(slab: Slab): void {
    this.#keep(slab, (level) => level > LEAST_IMPORTANT);
    slab.thinned = true;
    slab.sealed = true;
  }

  /** Rewrites a slab with those of its pending records that pass; the others have to go. */
  #keep(slab: Slab, passes: (level: number) => boolean): void {
    const kept: Line[] = [];
    const gone: Line[] = [];
    for (const [from, to] of this.#pendingRanges(slab)) {
      for (let record = from; record < to; record++) {
        const line = lineOf(slab, record);
        (passes(line.level) ? kept : gone).push(line);
      }
    }
    this.#rewind(slab);
    copyInto(slab, slab.buffer, kept);
    this.#records -= gone.length;
    for (const { start, end, level, tag } of gone) {
      this.#bytes -= end - start;
      this.#evicted(level, tag);
    }
  }

  /** Unsent records of a slab without any in flight: those that came back, then those never sent. */
  #pendingRanges(slab: Slab): Array<[from: number, to: number]> {
    const ranges: Array<[number, number]> = [];
    for (let at = 0; at < this.#returned.length; ) {
      const span = this.#returned[at] as Span;
      if (span.slab === slab) {
        ranges.push([span.from, span.to]);
        this.#returned.splice(at, 1);
      } else at++;
    }
    if (slab.sent < slab.ends.length) ranges.push([slab.sent, slab.ends.length]);
    this.#cursor = Math.min(this.#cursor, Math.max(0, this.#slabs.indexOf(slab)));
    return ranges;
  }

  #merge(slab: Slab, into: Slab): void {
    // What is settled goes, and so do the spans that came back: they would point at nothing.
    this.#keep(slab, () => true);
    copyInto(
      into,
      slab.buffer,
      slab.ends.map((_, record) => lineOf(slab, record)),
    );
    into.thinned &&= slab.thinned;
    this.#rewind(slab);
    this.#cursor = Math.min(this.#cursor, this.#slabs.indexOf(into));
  }
}

/** Where a line stands and what is known of it. */
interface Line {
  readonly start: number;
  readonly end: number;
  readonly level: number;
  readonly tag: number;
}

function lineOf(slab: Slab, record: number): Line {
  return {
    start: slab.startOf(record),
    end: slab.ends[record] as number,
    level: slab.levels[record] as number,
    tag: slab.tags[record] as number,
  };
}

function copyInto(slab: Slab, from: Buffer, lines: readonly Line[]): void {
  for (const { start, end, level, tag } of lines) {
    const at = slab.used;
    // Within one buffer lines only ever move down, which copy() handles.
    from.copy(slab.buffer, at, start, end);
    slab.ends.push(at + end - start);
    slab.levels.push(level);
    slab.tags.push(tag);
  }
}

function cut(span: Span, maxBytes: number, maxRecords: number): Span {
  const { slab, from } = span;
  const start = slab.startOf(from);
  let to = Math.min(span.to, from + maxRecords);
  if ((slab.ends[to - 1] as number) - start > maxBytes) {
    let low = from + 1;
    while (low < to) {
      const middle = (low + to + 1) >> 1;
      if ((slab.ends[middle - 1] as number) - start <= maxBytes) low = middle;
      else to = middle - 1;
    }
    to = low;
  }
  return { slab, from, to };
}

function isBefore(a: Span, b: Span): boolean {
  return a.slab.order < b.slab.order || (a.slab === b.slab && a.from < b.from);
}
