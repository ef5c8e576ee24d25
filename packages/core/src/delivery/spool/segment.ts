/** One spool file: how large it gets, and what is known about its lines. Pure. */

/** After a kill, at most this much of what was already delivered is sent again. */
export const MAX_SEGMENT_BYTES: number = 256 * 1024;
/** A file is read back as a whole, so it must be small compared to the memory. */
export const SEGMENT_SHARE = 8;
/** The lines of a file that was taken over are not counted before it is read. */
export const UNCOUNTED: number = Number.POSITIVE_INFINITY;
/** More than a file has bytes, and so more than it has lines. */
const MAX_LINES = 2 ** 22;

/** One file of lines. The tag of a line says which file it is in, and its place there; 0 means none. */
export class Segment {
  /** From 1. */
  readonly id: number;
  readonly path: string;
  lines = 0;
  bytes = 0;
  /** Lines that are only in the file, because the memory was needed. */
  left = 0;
  /** Places of the lines that no longer need to be delivered: evictions settle lines out of order. */
  readonly #settled: Set<number>;

  constructor(id: number, path: string, settled: Iterable<number> = []) {
    this.id = id;
    this.path = path;
    this.#settled = new Set(settled);
  }

  /** The same file, read again. Its lines get new tags, since lines with the old ones can still be in flight. */
  readAgain(id: number, lines: number): Segment {
    const again = new Segment(id, this.path, this.#settled);
    again.lines = lines;
    return again;
  }

  tagOf(place: number): number {
    return this.id * MAX_LINES + place;
  }

  settle(place: number): void {
    this.#settled.add(place);
  }

  isSettled(place: number): boolean {
    return this.#settled.has(place);
  }

  /** Its undelivered lines that are also in memory. */
  get inMemory(): number {
    return Math.max(0, this.lines - this.#settled.size - this.left);
  }
}

export function placeOf(tag: number): { readonly id: number; readonly place: number } {
  return { id: Math.floor(tag / MAX_LINES), place: tag % MAX_LINES };
}
