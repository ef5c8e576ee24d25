/** Recognises lines by a number for each, without keeping the lines. Pure. */
import { stripEscapes } from '@direct-logging/core';

/** Goes back to the first column, or clears the line. */
const RETURN = new RegExp(`${String.fromCharCode(0x1b)}\\[(?:[01]?G|2K)`, 'g');

/** The key of a line as a reader sees it on a terminal: without colours, and only what was printed last in its columns. */
export function keyOf(line: string): number {
  const plain = stripEscapes(line.includes('\u001b') ? line.replace(RETURN, '\r') : line);
  const end = plain.endsWith('\r') ? plain.length - 1 : plain.length;
  // Two hashes: one alone could well be the same for two of 65,000 lines.
  let first = 0x811c9dc5;
  let second = 0x2545f491;
  for (let at = plain.lastIndexOf('\r', end - 1) + 1; at < end; at += 1) {
    const code = plain.charCodeAt(at);
    first = Math.imul(first ^ code, 0x01000193);
    second = Math.imul(second ^ code, 0x5bd1e995) ^ (second >>> 15);
  }
  // As many bits of both as fit into one number.
  return (first >>> 0) * 0x20_0000 + (second >>> 11);
}

/** The keys of the lines of a text. Empty lines do not count, if there are others: whoever prints a text may add them. */
export function keysOf(text: string): number[] {
  const lines = text.split('\n');
  const withText = lines.filter((line) => line !== '');
  return (withText.length > 0 ? withText : lines).map(keyOf);
}

/** A number of lines without an order. */
export class LineSet {
  readonly #max: number;
  #recent = new Map<number, number>();
  /** To find the oldest line would cost too much, so all older ones are forgotten together. */
  #older = new Map<number, number>();
  #count = 0;

  /** @param max This many lines are remembered, and at most twice as many. */
  constructor(max: number) {
    this.#max = max;
  }

  add(key: number): void {
    if (this.#count === this.#max) {
      this.#older = this.#recent;
      this.#recent = new Map();
      this.#count = 0;
    }
    this.#recent.set(key, (this.#recent.get(key) ?? 0) + 1);
    this.#count += 1;
  }

  /** Takes out one line with this key, if there is one. */
  take(key: number): boolean {
    return takeFrom(this.#older, key) || takeFrom(this.#recent, key);
  }
}

function takeFrom(counts: Map<number, number>, key: number): boolean {
  const count = counts.get(key);
  if (count === undefined) return false;
  if (count === 1) counts.delete(key);
  else counts.set(key, count - 1);
  return true;
}

/** Lines in their order. */
export class LineQueue {
  #keys: number[] = [];
  #start = 0;
  readonly #counts = new Map<number, number>();

  get length(): number {
    return this.#keys.length - this.#start;
  }

  add(key: number): void {
    this.#keys.push(key);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** The position of the first line with this key, `from` or later. Undefined if there is none. */
  find(key: number, from = 0): number | undefined {
    if (!this.#counts.has(key)) return undefined;
    const at = this.#keys.indexOf(key, this.#start + from);
    return at < 0 ? undefined : at - this.#start;
  }

  /** Removes this many lines from the start. */
  drop(count: number): void {
    const end = Math.min(this.#start + count, this.#keys.length);
    for (; this.#start < end; this.#start += 1) {
      takeFrom(this.#counts, this.#keys[this.#start] as number);
    }
    // Not each time, since it copies all that is left.
    if (this.#start < this.#keys.length / 2) return;
    this.#keys = this.#keys.slice(this.#start);
    this.#start = 0;
  }
}
