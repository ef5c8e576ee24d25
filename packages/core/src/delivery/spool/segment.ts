/** What is known about the lines of one spool file. Pure. */

/** Of a file that was taken over the lines are counted when it is read. */
export const UNCOUNTED: number = Number.POSITIVE_INFINITY;

/** One file of lines. The tag of a line is its place in the file behind the file's first tag. */
export class Segment {
  readonly path: string;
  readonly firstTag: number;
  lines = 0;
  bytes = 0;
  /** Lines that are in the file alone, because the memory was needed. */
  left = 0;
  /** Places of the lines that need not be delivered any more. */
  readonly #settled: Set<number>;

  constructor(path: string, firstTag: number, settled: Iterable<number> = []) {
    this.path = path;
    this.firstTag = firstTag;
    this.#settled = new Set(settled);
  }

  /** The same file read once more: new tags, since those of lines that were read before may still be under way. */
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

  /** Undelivered lines of it that are in memory, too. */
  get inMemory(): number {
    return Math.max(0, this.lines - this.#settled.size - this.left);
  }

  /** True when no line of it is in memory. */
  get isDone(): boolean {
    return this.inMemory === 0;
  }
}
