/** Time, taken before the application can replace the global timers. */

/** The time and the timers that the flush needs. */
export interface Clock {
  /** Milliseconds since 1970, comparable with the deadline that the runtime announces. */
  now(): number;
  /** Calls back once, unless the process ends first. Returns a function that cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

const now = Date.now;

/** The real time. */
export const systemClock: Clock = {
  now: () => now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, Math.max(1, delayMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
