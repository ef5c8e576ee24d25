/** How long a flush waits, and when it tries something else. Pure: for flushes with and without the event loop. */

export interface FlushState {
  /**
   * Rises with progress. In a flush with the event loop, during which the program may log on, it is the mark that the oldest pending line
   * has reached: newer lines that are acknowledged say nothing about the connection of an older one.
   */
  readonly settled: number;
  /** Lines that the kernel has not taken. Their number falls while the other end takes bytes. */
  readonly untaken: number;
  /** Undefined for a flush with the event loop, where a timer ends the wait after a failure. */
  readonly retry?: {
    /** True when the last attempt to connect failed. */
    readonly isUnreachable: boolean;
    /** True when the last failure shows that something is there: an answer of 429 or 5xx, or a connection that broke. */
    readonly isBusy: boolean;
    readonly state: { readonly backsOff: boolean; readonly retryAt: number };
  };
}

/** `suspect`: try a new connection. `retry`: try again now, whether or not the wait after a failure is over. */
export type FlushStep = 'wait' | 'suspect' | 'retry' | 'stop';

/** Longest wait without progress for a server that no connection could be made to. */
export const LAST_TRY_MS = 500;
/** A flush with the event loop looks this often for progress, and for time in which the process was frozen. */
export const LOOK_EVERY_MS = 100;
/** A busy server may take this long to answer. Less silence says nothing about a connection. */
const MIN_DOUBT_MS = 50;
/** How often a flush cuts a wait short that it has no time for, while nothing is acknowledged. */
const MAX_LAST_TRIES = 2;

export class FlushPlan {
  readonly start: number;
  readonly #timeoutMs: number;
  readonly #maxPatienceMs: number;
  #movedAt: number;
  #settled = Number.NEGATIVE_INFINITY;
  #untaken = Number.POSITIVE_INFINITY;
  #isUnreachable = false;
  #isSuspecting = false;
  #tries = 0;

  /**
   * @param timeoutMs It never waits longer, however much moves.
   * @param maxPatienceMs It waits no longer without progress. Short after a flush in vain.
   */
  constructor(now: number, timeoutMs: number, maxPatienceMs: number = timeoutMs) {
    this.start = this.#movedAt = now;
    this.#timeoutMs = timeoutMs;
    this.#maxPatienceMs = Math.min(timeoutMs, maxPatienceMs);
  }

  leftMs(now: number): number {
    return this.start + this.#timeoutMs - now;
  }

  get patienceMs(): number {
    return this.#isUnreachable ? Math.min(this.#maxPatienceMs, LAST_TRY_MS) : this.#maxPatienceMs;
  }

  /** How long to wait for the next step, if nothing is settled meanwhile. */
  waitMs(now: number): number {
    const nextAt = this.#movedAt + (this.#isSuspecting ? this.patienceMs : this.#doubtMs);
    return Math.min(nextAt - now, this.leftMs(now));
  }

  get #doubtMs(): number {
    return Math.max(this.patienceMs / 2, MIN_DOUBT_MS);
  }

  /**
   * What to do now. Progress renews the patience: a busy server is not a dead one. Without any for half of the time, connections
   * may be dead without a sign, for example after the process was frozen.
   */
  next(now: number, state: FlushState): FlushStep {
    const { settled, untaken, retry } = state;
    if (untaken < this.#untaken) this.#movedAt = now;
    this.#untaken = untaken;
    if (settled > this.#settled) {
      this.#settled = settled;
      this.#movedAt = now;
      this.#tries = 0;
    }
    if (!this.#isSuspecting) this.#isUnreachable = retry?.isUnreachable === true;
    const { patienceMs } = this;
    // Negated so that a time that is not a number does not block forever.
    if (!(now < this.#movedAt + patienceMs && this.leftMs(now) > 0)) return 'stop';
    if (retry?.state.backsOff) return this.#tryAgain(now, retry.state.retryAt - now, retry.isBusy);
    if (this.#isSuspecting || now < this.#movedAt + this.#doubtMs) return 'wait';
    this.#isSuspecting = true;
    return 'suspect';
  }

  /**
   * Connections of the same age may all break at once. That says nothing about the server, so a short wait is not cut short. A longer
   * one for a server that answers is: when hardly any time is left.
   */
  #tryAgain(now: number, waitMs: number, isBusy: boolean): FlushStep {
    if (waitMs <= 0) return 'retry';
    const leftMs = Math.min(this.leftMs(now), this.#movedAt + this.patienceMs - now);
    const mayTakeOfBusy = leftMs > LAST_TRY_MS ? this.#timeoutMs : leftMs / 2;
    const mayTake = isBusy ? mayTakeOfBusy : LAST_TRY_MS;
    if (!this.#isUnreachable && waitMs <= mayTake) return 'wait';
    return this.#tries++ < MAX_LAST_TRIES ? 'retry' : 'stop';
  }
}
