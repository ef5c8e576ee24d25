/** A clock that moves when a test says so. */
import type { Clock } from '../src/process/timers.ts';

interface Timer {
  readonly at: number;
  readonly callback: () => void;
  isRef: boolean;
}

/** Its timers run while it is advanced. */
export class ManualClock implements Clock {
  now = 1_000;
  readonly #timers = new Set<Timer>();

  readonly steady = (): number => this.now;
  readonly wall = (): number => this.now;
  readonly timers = {
    start: (callback: () => void, ms: number): NodeJS.Timeout => {
      const timer = { at: this.now + ms, callback, isRef: true };
      this.#timers.add(timer);
      const unref = (): void => {
        timer.isRef = false;
      };
      return Object.assign(timer, { unref }) as unknown as NodeJS.Timeout;
    },
    stop: (timer: NodeJS.Timeout | undefined): void => void this.#timers.delete(timer as never),
  };

  /** Timers that have not run. */
  get pending(): number {
    return this.#timers.size;
  }

  /** Timers that keep a process alive. */
  get holding(): number {
    return [...this.#timers].filter(({ isRef }) => isRef).length;
  }

  advance(ms: number): void {
    this.now += ms;
    for (const timer of [...this.#timers].sort((a, b) => a.at - b.at)) {
      if (timer.at <= this.now && this.#timers.delete(timer)) timer.callback();
    }
  }
}
