/** Recognises lines by two numbers, without keeping the lines. Pure. */

/** How many numbers of four bytes a line takes in the result of `notesOf`: the time, and two hashes. */
export const NUMBERS_PER_LINE = 3;

/** How long a noted line is remembered, in milliseconds. If this many others follow, it may be forgotten sooner. */
const REMEMBERED_MS = 10_000;
const REMEMBERED_LINES = 65_536;

/**
 * The notes of these lines, one after the other. The lines cannot be read from them.
 * @param now In milliseconds of the system's clock.
 */
export function notesOf(lines: readonly string[], now: number): Int32Array {
  const notes = new Int32Array(lines.length * NUMBERS_PER_LINE);
  lines.forEach((line, at) => {
    writeNote(line, now, notes, at * NUMBERS_PER_LINE);
  });
  return notes;
}

/** Two hashes: one alone could well be the same for two of 65,000 lines. */
function writeNote(line: string, now: number, notes: Int32Array, at: number): void {
  let first = 0x811c9dc5;
  let second = 0x2545f491;
  for (let index = 0; index < line.length; index += 1) {
    const code = line.charCodeAt(index);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x5bd1e995) ^ (second >>> 15);
  }
  notes[at] = now;
  notes[at + 1] = first;
  notes[at + 2] = second;
}

/** Remembers for ten seconds how often lines were noted. */
export class RememberedLines {
  /** When each line was noted. To find the oldest line would cost too much, so all older ones are forgotten together. */
  #recent = new Map<number, number[]>();
  #older = new Map<number, number[]>();
  /** How many notes `#recent` was given, and the time of the first. */
  #count = 0;
  #since = 0;

  add(notes: Int32Array): void {
    for (const [key, time] of linesIn(notes)) {
      if (this.#count === REMEMBERED_LINES || isOld(this.#since, time)) this.#forgetOlder(time);
      const times = this.#recent.get(key);
      if (times === undefined) this.#recent.set(key, [time]);
      else times.push(time);
      this.#count += 1;
    }
  }

  /** Takes one note of each of these lines, if all are there and not too old. Otherwise takes none and returns false. */
  take(notes: Int32Array): boolean {
    const taken: { readonly times: number[]; readonly time: number }[] = [];
    for (const [key, now] of linesIn(notes)) {
      const times = [this.#recent.get(key), this.#older.get(key)].find((of) => of?.length);
      const time = times?.pop();
      if (times === undefined || time === undefined || isOld(time, now)) {
        for (const one of taken.reverse()) one.times.push(one.time);
        return false;
      }
      taken.push({ times, time });
    }
    return true;
  }

  #forgetOlder(now: number): void {
    this.#older = this.#recent;
    this.#recent = new Map();
    this.#count = 0;
    this.#since = now;
  }
}

/** Of each line a key and its time. The key holds as many bits of both hashes as fit into one number. */
function* linesIn(notes: Int32Array): Generator<[key: number, time: number]> {
  for (let at = 0; at + 2 < notes.length; at += NUMBERS_PER_LINE) {
    const key = ((notes[at + 1] ?? 0) >>> 0) * 0x20_0000 + ((notes[at + 2] ?? 0) >>> 11);
    yield [key, notes[at] ?? 0];
  }
}

/** Times are kept in 32 bits, so only their distance counts. */
function isOld(time: number, now: number): boolean {
  return Math.abs((now - time) | 0) >= REMEMBERED_MS;
}
