/** One timer for many reasons to wake up: it rings at the earliest moment that was asked for, and keeps nothing alive. */
import type { Clock } from './timers.ts';

/** Rings once, until it is set again. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings at this moment of the steady clock at the latest. */
  set(at: number): void {
    if (at >= this.#at) return;
    const { timers, steady } = this.#clock;
    timers.stop(this.#timer);
    this.#at = at;
    this.#timer = timers.start(() => {
      this.#at = Number.POSITIVE_INFINITY;
      this.#ring();
    }, at - steady());
    this.#timer.unref();
  }

  /** Takes back what was set. */
  stop(): void {
    this.#clock.timers.stop(this.#timer);
    this.#at = Number.POSITIVE_INFINITY;
  }
}
