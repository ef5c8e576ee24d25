/** Numbers as text, made from pieces that are kept: V8 remembers every number that it has made into text, and gives memory for it. */

const THREE_DIGITS: string[] = [];

/** `000` to `999`. */
export function threeDigits(number: number): string {
  THREE_DIGITS[number] ??= String(number).padStart(3, '0');
  return THREE_DIGITS[number];
}

/** Counts from 1 on. */
export class Counter {
  /** The number that was counted last. */
  last = 0;
  /** Its thousands. */
  #head = '';

  /** The next number. */
  next(): string {
    const rest = ++this.last % 1000;
    if (rest === 0) this.#head = String(this.last / 1000);
    return this.#head === '' ? String(rest) : this.#head + threeDigits(rest);
  }

  /** The numbers behind this one were not used. */
  goBackTo(number: number): void {
    if (number === this.last) return;
    this.last = number;
    this.#head = number < 1000 ? '' : String(Math.floor(number / 1000));
  }
}
