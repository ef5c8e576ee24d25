/** Callers that wait for something, each with a time limit: flushes for the lines written before them, starts for a connection. */
import type { Timers } from './timers.ts';

interface Waiter {
  readonly mark: number;
  readonly done: (complete: boolean) => void;
}

/** Tells each caller once, when what it waits for is there or its time is up. */
export class Waiters {
  readonly #timers: Timers;
  #waiting: Waiter[] = [];

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  get count(): number {
    return this.#waiting.length;
  }

  /** Resolves with true if everything before the mark was there in time, else with false. */
  wait(mark: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      // Not unref'd: code that awaits this needs the event loop until it is done.
      const timer = this.#timers.start(() => waiter.done(false), timeoutMs);
      const waiter: Waiter = {
        mark,
        done: (complete) => {
          this.#timers.stop(timer);
          this.#waiting = this.#waiting.filter((other) => other !== waiter);
          resolve(complete);
        },
      };
      this.#waiting.push(waiter);
    });
  }

  /** Called when there may be something new. */
  tell(isSettledThrough: (mark: number) => boolean): void {
    for (const { mark, done } of [...this.#waiting]) {
      if (isSettledThrough(mark)) done(true);
    }
  }
}
