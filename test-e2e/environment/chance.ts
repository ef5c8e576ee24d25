/** Chance that repeats itself: the same seed gives the same decisions. Pure. */

/** Decisions from one seed. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + Math.floor(this.#fraction() * (most - least + 1));
  }

  /** True once in `times` on average. */
  onceIn(times: number): boolean {
    return this.#fraction() * times < 1;
  }

  /** One of these, each as often as the others. */
  oneOf<T>(choices: readonly T[]): T {
    return choices[this.between(0, choices.length - 1)] as T;
  }

  /** A whole number whose order of magnitude is what chance decides: 1 to 9 as often as 1,000 to 9,999. */
  magnitude(least: number, most: number): number {
    const exponent = Math.log(least) + this.#fraction() * (Math.log(most) - Math.log(least));
    return Math.round(Math.exp(exponent));
  }

  /** From 0 up to, and never, 1. This is the generator known as splitmix32. */
  #fraction(): number {
    this.#state = (this.#state + 0x9e3779b9) | 0;
    let mixed = this.#state ^ (this.#state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 4_294_967_296;
  }
}
