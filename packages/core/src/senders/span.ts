/** Lines as the queue hands them to a sender: a stretch of one block of memory. */

/** Consecutive lines of one slab, handed out together and settled together. */
export interface Span {
  readonly slab: Slab;
  /** First record of the span within its slab. */
  readonly from: number;
  /** One past its last record. */
  readonly to: number;
}

/** A block of memory with lines written one behind the other. */
export class Slab {
  readonly order: number;
  readonly buffer: Buffer;
  /** End offset of each line. */
  readonly ends: number[] = [];
  readonly levels: number[] = [];
  /** What the caller of `append` knows each line by. */
  readonly tags: number[] = [];
  /** Records handed out at least once: the first unsent one. */
  sent = 0;
  inFlight = 0;
  settled = 0;
  sealed = false;
  /** True when only important lines are left after an eviction. */
  thinned = false;

  constructor(order: number, buffer: Buffer) {
    this.order = order;
    this.buffer = buffer;
  }

  get used(): number {
    return this.ends.length === 0 ? 0 : (this.ends[this.ends.length - 1] as number);
  }

  startOf(record: number): number {
    return record === 0 ? 0 : (this.ends[record - 1] as number);
  }
}

/** The encoded bytes of a span, without a copy. */
export function bytesOf(span: Span): Buffer {
  return span.slab.buffer.subarray(
    span.slab.startOf(span.from),
    span.slab.ends[span.to - 1] as number,
  );
}

/** Encoded bytes of a span. */
export function sizeOf({ slab, from, to }: Span): number {
  return (slab.ends[to - 1] as number) - slab.startOf(from);
}
