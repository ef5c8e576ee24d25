/** Numbers as text, made from pieces that are kept: V8 caches each number that it turns into text, which costs memory. */

/** Filled, since a list without an item has what a program has put on `Object.prototype`. */
const THREE_DIGITS: string[] = Array(1000).fill('');

/** `000` to `999`. */
export function threeDigits(number: number): string {
  THREE_DIGITS[number] ||= String(number).padStart(3, '0');
  return THREE_DIGITS[number];
}

/** Counts from 1 on. */
export class Counter {
  /** The last number. It is set back without a call, since a full stack has no room for one. */
  last = 0;
  #thousands = 0;
  #head = '';

  next(): string {
    const number = ++this.last;
    const rest = number % 1000;
    const thousands = (number - rest) / 1000;
    if (thousands === 0) return String(rest);
    if (thousands !== this.#thousands) {
      this.#head = String(thousands);
      this.#thousands = thousands;
    }
    return this.#head + threeDigits(rest);
  }
}
