/** One timer for many wake-up times: it rings at the earliest one, and does not keep the process alive. */
import type { Clock } from './timers.ts';

/** Rings once. Then it has to be set again. */
export class Alarm {
  readonly #clock: Clock;
  readonly #ring: () => void;
  #timer: NodeJS.Timeout | undefined;
  #at = Number.POSITIVE_INFINITY;

  constructor(clock: Clock, ring: () => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Rings no later than this moment of the steady clock. */
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

  stop(): void {
    this.#clock.timers.stop(this.#timer);
    this.#at = Number.POSITIVE_INFINITY;
  }
}
