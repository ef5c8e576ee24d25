/** Recognises lines by two numbers, without keeping the lines. Pure. */

/** How many numbers of four bytes a line takes in the result of `notesOf`. */
export const NUMBERS_PER_LINE = 2;

/** How long a line is remembered at least, in milliseconds, unless `REMEMBERED_LINES` others follow sooner. */
const REMEMBERED_MS = 10_000;
const REMEMBERED_LINES = 65_536;

/** The notes of these lines, one after the other. The lines cannot be read from them. */
export function notesOf(lines: readonly string[]): Int32Array {
  const notes = new Int32Array(lines.length * NUMBERS_PER_LINE);
  lines.forEach((line, at) => {
    writeNote(line, notes, at * NUMBERS_PER_LINE);
  });
  return notes;
}

/** Two hashes: one alone could well be the same for two of 65,000 lines. */
function writeNote(line: string, notes: Int32Array, at: number): void {
  let first = 0x811c9dc5;
  let second = 0x2545f491;
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x5bd1e995) ^ (second >>> 15);
  }
  notes[at] = first;
  notes[at + 1] = second;
}

/** Remembers for a while how often lines were noted. */
export class RememberedLines {
  #since = 0;
  #recent = new Map<number, number>();
  #older = new Map<number, number>();

  /** Forgets old lines if it is time, or if there are too many. Only this forgets. `now` is in milliseconds of any clock. */
  forget(now: number): void {
    const isTime = Math.abs(now - this.#since) >= REMEMBERED_MS;
    if (!isTime && this.#recent.size < REMEMBERED_LINES) return;
    this.#since = now;
    this.#older = this.#recent;
    this.#recent = new Map();
  }

  add(notes: Int32Array): void {
    for (const key of keysIn(notes)) this.#recent.set(key, (this.#recent.get(key) ?? 0) + 1);
  }

  /** Takes one note of each of these lines, if all are there. Otherwise takes none and returns false. */
  take(notes: Int32Array): boolean {
    const taken: number[] = [];
    for (const key of keysIn(notes)) {
      if (!takeOne(this.#older, key) && !takeOne(this.#recent, key)) {
        for (const one of taken) this.#recent.set(one, (this.#recent.get(one) ?? 0) + 1);
        return false;
      }
      taken.push(key);
    }
    return true;
  }
}

/** Each key holds as many bits of both numbers as fit into one number. */
function* keysIn(notes: Int32Array): Generator<number> {
  for (let at = 0; at + 1 < notes.length; at += NUMBERS_PER_LINE) {
    yield ((notes[at] ?? 0) >>> 0) * 0x20_0000 + ((notes[at + 1] ?? 0) >>> 11);
  }
}

function takeOne(counts: Map<number, number>, key: number): boolean {
  const count = counts.get(key);
  if (count === undefined) return false;
  if (count > 1) counts.set(key, count - 1);
  else counts.delete(key);
  return true;
}
