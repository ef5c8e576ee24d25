/**
 * Cuts out what a test file reports to its `node:test` runner, between the lines that it prints. A report has no line end, and the child
 * does not note it, so the line after it would not be recognized. Pure. @lazy children
 */

/** V8's. A report begins with it and four bytes of length. Then it comes again, as part of that length. No text has its first byte. */
const HEADER = Buffer.from([0xff, 0x0f]);
const BEFORE_LENGTH = 2;
const BEFORE_CONTENT = 6;
const SHORTEST = 8;

export class WithoutReports {
  /** The end of the last piece, which may be the beginning of a report. */
  #held: Buffer = Buffer.alloc(0);
  /** Bytes of a report that have not come yet. */
  #left = 0;

  /** Takes bytes that may end anywhere, and returns those of the printed lines. */
  add(piece: Uint8Array): Uint8Array {
    if (this.#left === 0 && this.#held.length === 0 && !piece.includes(0xff)) return piece;
    const bytes = Buffer.concat([this.#held, piece]);
    const printed: Uint8Array[] = [];
    let from = Math.min(this.#left, bytes.length);
    this.#left -= from;
    let at = bytes.indexOf(HEADER, from);
    while (at >= 0 && bytes.length - at >= SHORTEST) {
      if (bytes[at + BEFORE_CONTENT] === 0xff && bytes[at + BEFORE_CONTENT + 1] === 0x0f) {
        printed.push(bytes.subarray(from, at));
        const end = at + BEFORE_CONTENT + bytes.readUInt32BE(at + BEFORE_LENGTH);
        this.#left = Math.max(0, end - bytes.length);
        from = at = Math.min(end, bytes.length);
      } else at += 1;
      at = bytes.indexOf(HEADER, at);
    }
    if (at < 0) at = bytes.length - (from < bytes.length && bytes.at(-1) === 0xff ? 1 : 0);
    this.#held = bytes.subarray(at);
    return Buffer.concat([...printed, bytes.subarray(from, at)]);
  }

  /** Returns what is left. */
  end(): Uint8Array {
    return this.#held;
  }
}
