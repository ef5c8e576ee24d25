/** How long the other end lets a connection be idle, as far as the connections to it have shown. Pure. */

/** A closing is noticed late by what the event loop was. */
const NOTICED_WITHIN_MS = 100;
/** A connection is looked at before it is used, so only the other end's clock is not exact. */
const CLOCK_MS = 20;
/** A server that closes connections after less idle time does not keep them. Replacing them in a hurry would hammer it. */
const SHORT_LIFE_MS = 1_000;

export class Patience {
  /** False while the other end closes every connection at its answer or soon after. Set to true when one lasts until the next. */
  keepsConnections = true;
  /** How long the connection that the other end closed last had been idle, unless another one has lasted longer since. */
  #closesAfterMs = Number.NEGATIVE_INFINITY;

  /** A connection is still there after this time, and used again. */
  lasted(idleMs: number): void {
    if (idleMs > this.#closesAfterMs + Math.max(CLOCK_MS, idleMs / 50))
      this.#closesAfterMs = Number.NEGATIVE_INFINITY;
  }

  /** Notes that the other end has closed a connection. Returns whether it is known to do so after this time. */
  isOver(idleMs: number): boolean {
    const { keepsConnections } = this;
    const differenceMs = Math.abs(idleMs - this.#closesAfterMs);
    this.#closesAfterMs = idleMs;
    if (idleMs < SHORT_LIFE_MS) this.keepsConnections = false;
    // No idle timeout is so short: then connections are closed after each answer, or the server was killed.
    if (idleMs < NOTICED_WITHIN_MS && keepsConnections) return false;
    return differenceMs <= Math.max(NOTICED_WITHIN_MS, idleMs / 10);
  }
}
