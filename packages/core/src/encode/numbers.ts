/** Numbers as text, made from pieces that are kept: V8 remembers every number that it has made into text, and gives memory for it. */

const THREE_DIGITS: string[] = [];

/** `000` to `999`. */
export function threeDigits(number: number): string {
  THREE_DIGITS[number] ??= String(number).padStart(3, '0');
  return THREE_DIGITS[number];
}

/** Counts from 1 on. */
export class Counter {
  /** The number that was counted last. To set it back takes no call, for which a full stack has no room. */
  last = 0;
  #thousands = 0;
  #head = '';

  /** The next number. */
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
