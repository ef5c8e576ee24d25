/** What is known about the lines of one spool file. Pure. */

/** The lines of a file that was taken over are not counted before it is read. */
export const UNCOUNTED: number = Number.POSITIVE_INFINITY;

/** One file of lines. The tag of a line is the file's first tag plus the line's place in the file. */
export class Segment {
  readonly path: string;
  readonly firstTag: number;
  lines = 0;
  bytes = 0;
  /** Lines that are only in the file, because the memory was needed. */
  left = 0;
  /** Places of the lines that no longer need to be delivered. */
  readonly #settled: Set<number>;

  constructor(path: string, firstTag: number, settled: Iterable<number> = []) {
    this.path = path;
    this.firstTag = firstTag;
    this.#settled = new Set(settled);
  }

  /** The same file, read again. It gets new tags, since lines with the old ones can still be in flight. */
  readAgain(firstTag: number, lines: number): Segment {
    const again = new Segment(this.path, firstTag, this.#settled);
    again.lines = lines;
    return again;
  }

  has(tag: number): boolean {
    return tag >= this.firstTag && tag < this.firstTag + this.lines;
  }

  settle(tag: number): void {
    this.#settled.add(tag - this.firstTag);
  }

  isSettled(tag: number): boolean {
    return this.#settled.has(tag - this.firstTag);
  }

  /** Its undelivered lines that are also in memory. */
  get inMemory(): number {
    return Math.max(0, this.lines - this.#settled.size - this.left);
  }

  /** True when none of its undelivered lines is in memory. */
  get isDone(): boolean {
    return this.inMemory === 0;
  }
}
