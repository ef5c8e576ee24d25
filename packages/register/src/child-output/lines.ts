/** Recognizes lines by a number for each, without keeping the lines. Pure. */
import { type HashKey, halfSipHash } from './half-sip-hash.ts';

/** Colors, movements of the cursor, and a return at either end of a line. None of them can hide a text. */
const DECORATION = new RegExp(`${String.fromCharCode(0x1b)}\\[[0-?]*[ -/]*[@-~]|^\r|\r$`, 'g');

/** The key of a line without its decoration. Whatever else differs makes another line, even if a terminal would show the same. */
export function keyOf(line: string, secret: HashKey): number {
  return halfSipHash(line.replace(DECORATION, ''), secret);
}

/** The keys of the lines of a text. Empty lines do not count, if there are others: whoever prints a text may add them. */
export function keysOf(text: string, secret: HashKey): number[] {
  const lines = text.split('\n');
  const withText = lines.filter((line) => line !== '');
  return (withText.length > 0 ? withText : lines).map((line) => keyOf(line, secret));
}

/** Some lines, in no order. */
export class LineSet {
  readonly #max: number;
  #counts = new Map<number, number>();
  /** Earlier ones, forgotten together: a Map that loses one at a time looks for its first key among all that it has lost. */
  #earlier = new Map<number, number>();

  /** @param max At most this many different lines are remembered, and at least half as many. */
  constructor(max: number) {
    this.#max = max;
  }

  get isEmpty(): boolean {
    return this.#counts.size + this.#earlier.size === 0;
  }

  add(key: number): void {
    if (this.#counts.size >= this.#max / 2) {
      this.#earlier = this.#counts;
      this.#counts = new Map();
    }
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** Takes out one line with this key, if there is one. */
  take(key: number): boolean {
    const counts = this.#counts.has(key) ? this.#counts : this.#earlier;
    const count = counts.get(key);
    if (count === undefined) return false;
    if (count === 1) counts.delete(key);
    else counts.set(key, count - 1);
    return true;
  }
}

/** Lines in their order. However many equal ones there are, each is found in a few steps. */
export class LineQueue {
  #keys: number[] = [];
  #start = 0;
  /** Where lines with a key stand, in ascending order, some of them before the start. */
  readonly #places = new Map<number, number[]>();

  get length(): number {
    return this.#keys.length - this.#start;
  }

  add(key: number): void {
    const places = this.#places.get(key);
    const at = this.#keys.push(key) - 1;
    if (places === undefined) this.#places.set(key, [at]);
    else places.push(at);
  }

  /** The position of the first line with this key, `from` or later. Undefined if there is none. */
  find(key: number, from = 0): number | undefined {
    const places = this.#places.get(key) ?? [];
    let [low, high] = [0, places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((places[middle] as number) < this.#start + from) low = middle + 1;
      else high = middle;
    }
    const place = places[low];
    return place === undefined ? undefined : place - this.#start;
  }

  drop(count: number): void {
    this.#start = Math.min(this.#start + count, this.#keys.length);
    // Not each time, since it copies all that is left.
    if (this.#start < this.#keys.length / 2) return;
    const left = this.#keys.slice(this.#start);
    this.#keys = [];
    this.#start = 0;
    this.#places.clear();
    for (const key of left) this.add(key);
  }
}
