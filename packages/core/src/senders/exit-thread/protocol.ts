/**
 * How an exiting process and the thread that sends its last lines agree on what was sent: through one word of shared memory.
 *
 * The thread moves the word up, and only up; the process may move it once, to give up. Both use compare-and-exchange, so
 * after the process has given up, the thread begins nothing more, and both know the same bodies as acknowledged.
 */
import { FROZEN_FOR_MS } from '../../process/timers.ts';

export interface Word {
  load(): number;
  /** Returns what was there before. */
  compareExchange(expected: number, value: number): number;
  /** Blocks until woken, or for this long, if the word has this value. May end early. */
  wait(value: number, ms: number): void;
  notify(): void;
}

/** Values of the word before the first connection. From `connected` on it counts: see `Position`. */
export const STAGE = { starting: 0, running: 1, resolved: 2, connected: 3 } as const;
const ENDED = 2 ** 30;
const GIVEN_UP = 2 ** 29;

export function sharedWord(memory: SharedArrayBuffer): Word {
  const words = new Int32Array(memory, 0, 1);
  return {
    load: () => Atomics.load(words, 0),
    compareExchange: (expected, value) => Atomics.compareExchange(words, 0, expected, value),
    wait: (value, ms) => void Atomics.wait(words, 0, value, ms),
    notify: () => void Atomics.notify(words, 0),
  };
}

export interface Position {
  /** One of `STAGE`. */
  readonly stage: number;
  /** How many bodies the server has acknowledged. */
  readonly acknowledged: number;
  /** Whether the next body was begun. */
  readonly isInFlight: boolean;
  /** Whether the thread has ended by itself. Otherwise the process gave up. */
  readonly isEnded: boolean;
}

/** The thread's side. */
export class Progress {
  readonly #word: Word;
  #value: number = STAGE.starting;

  constructor(word: Word) {
    this.#word = word;
  }

  /** @returns False when the process has given up: then nothing may be begun. The same holds for the other methods. */
  reached(stage: number): boolean {
    return this.#advance(stage);
  }

  /** The next body is about to be sent. */
  begun(): boolean {
    return this.#advance(this.#value + 1);
  }

  /** The body that was begun was acknowledged. */
  acknowledged(): boolean {
    return this.#advance(this.#value + 1);
  }

  /** Nothing follows. `isRefused` says that the body that was begun was answered, and not taken. */
  ended(isRefused = false): boolean {
    return this.#advance(this.#value + ENDED - (isRefused ? 1 : 0));
  }

  #advance(value: number): boolean {
    if (value <= this.#value) return true;
    if (this.#word.compareExchange(this.#value, value) !== this.#value) return false;
    this.#value = value;
    this.#word.notify();
    return true;
  }
}

/** How long the process waits, in milliseconds. */
export interface Limits {
  /** For each step until the first connection, once the thread runs: a server that could not be reached gets a short try. */
  readonly connectMs: number;
  /** For everything together. */
  readonly timeoutMs: number;
}

/** The process's side. */
export class Watch {
  position: Position;
  /** The limit at which the thread was given up. */
  limitMs: number;
  readonly #word: Word;
  readonly #limits: Limits;
  readonly #now: () => number;
  #deadline: number;
  #value: number;
  #since: number;
  #seenAt: number;

  constructor(word: Word, limits: Limits, now: () => number) {
    this.#word = word;
    this.#value = word.load();
    this.position = positionOf(this.#value);
    this.#limits = limits;
    this.limitMs = limits.timeoutMs;
    this.#now = now;
    this.#since = this.#seenAt = now();
    this.#deadline = this.#since + limits.timeoutMs;
  }

  /**
   * Blocks until the thread has come further, for this long at most. False when it has ended, or makes no progress within the limits:
   * then it is given up.
   */
  wait(maxMs: number): boolean {
    const value = this.#value;
    const now = this.#time(0);
    const isConnecting = value > STAGE.starting && value < STAGE.connected;
    const connectedBy = this.#since + this.#limits.connectMs;
    const isStep = isConnecting && connectedBy < this.#deadline;
    const leftMs = (isStep ? connectedBy : this.#deadline) - now;
    let current = value;
    if (leftMs > 0) {
      const ms = Math.min(leftMs, maxMs);
      this.#word.wait(value, ms);
      this.#time(ms);
      current = this.#word.load();
    } else {
      // Fails if the thread has come further at this very moment.
      current = this.#word.compareExchange(value, value + GIVEN_UP);
      if (current === value) {
        if (isStep) this.limitMs = this.#limits.connectMs;
        return false;
      }
    }
    if (current === value) return !this.position.isEnded;
    this.#since = this.#seenAt;
    this.#value = current;
    this.position = positionOf(current);
    return !this.position.isEnded;
  }

  /** The time now. Since it was last asked for, this long was waited. What is much longer does not count: the process was frozen. */
  #time(waitedMs: number): number {
    const now = this.#now();
    const lateMs = now - this.#seenAt - waitedMs;
    this.#seenAt = now;
    if (lateMs >= FROZEN_FOR_MS) {
      this.#since += lateMs;
      this.#deadline += lateMs;
    }
    return now;
  }
}

function positionOf(value: number): Position {
  const isEnded = value >= ENDED;
  const reached = isEnded ? value - ENDED : value;
  const steps = Math.max(0, reached - STAGE.connected);
  return {
    stage: Math.min(reached, STAGE.connected),
    acknowledged: steps >> 1,
    isInFlight: steps % 2 === 1,
    isEnded,
  };
}
