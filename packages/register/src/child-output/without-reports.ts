/**
 * Cuts out what a test file reports to its `node:test` runner, between the lines that it prints. A report has no line end, and the child
 * does not note it, so the line after it would not be recognized. Pure. @lazy children
 */

/** V8's header, four bytes of length, and the header again, which counts as part of the length. No text has a byte 0xff. */
const BEFORE_LENGTH = 2;
const BEFORE_CONTENT = 6;
const HEADERS = 8;

export class WithoutReports {
  /** The end of the last piece, which may be the beginning of a report. */
  #held: Uint8Array = new Uint8Array(0);
  /** Bytes of a report that have not come yet. */
  #left = 0;

  /** Takes bytes that may end anywhere, and returns those of the printed lines. */
  add(piece: Uint8Array): Uint8Array {
    if (this.#left === 0 && this.#held.length === 0 && !piece.includes(0xff)) return piece;
    const bytes = Buffer.concat([this.#held, piece]);
    const printed: Uint8Array[] = [];
    let from = Math.min(this.#left, bytes.length);
    this.#left -= from;
    let at = bytes.indexOf(0xff, from);
    for (; at >= 0 && bytes.length - at >= HEADERS; at = bytes.indexOf(0xff, at)) {
      if (!isReport(bytes.subarray(at))) {
        at += 1;
        continue;
      }
      printed.push(bytes.subarray(from, at));
      const end = at + BEFORE_CONTENT + bytes.readUInt32BE(at + BEFORE_LENGTH);
      this.#left = Math.max(0, end - bytes.length);
      from = at = Math.min(end, bytes.length);
    }
    const to = at < 0 ? bytes.length : at;
    this.#held = bytes.subarray(to);
    return Buffer.concat([...printed, bytes.subarray(from, to)]);
  }

  /** Returns what is left. */
  end(): Uint8Array {
    return this.#held;
  }
}

function isReport(bytes: Buffer): boolean {
  return bytes.readUInt16BE(0) === 0xff0f && bytes.readUInt16BE(BEFORE_CONTENT) === 0xff0f;
}
