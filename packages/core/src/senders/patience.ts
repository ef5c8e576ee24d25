/** How long the other end lets a connection be idle, as far as the connections to it have shown. Pure. */

/** What is measured is late by what the event loop was. */
const TOLERANCE_MS = 100;
/** A server that closes connections after less idle time does so after each answer. */
const SHORT_LIFE_MS = 1_000;

export class Patience {
  /** False while the other end closes every connection at its answer or soon after. Set to true when one lasts until the next. */
  keepsConnections = true;
  /** How long the connection that the other end closed last had been idle, unless another one has lasted longer since. */
  #closesAfterMs = Number.NEGATIVE_INFINITY;

  /** A connection is still there after this time, and used again. */
  lasted(idleMs: number): void {
    if (idleMs > this.#closesAfterMs + tolerance(idleMs))
      this.#closesAfterMs = Number.NEGATIVE_INFINITY;
  }

  /** Notes that the other end has closed a connection. Returns whether it is known to do so after this time. */
  isOver(idleMs: number): boolean {
    if (idleMs < SHORT_LIFE_MS) {
      const isKnown = !this.keepsConnections;
      this.keepsConnections = false;
      return isKnown;
    }
    const isKnown = Math.abs(idleMs - this.#closesAfterMs) <= tolerance(idleMs);
    this.#closesAfterMs = idleMs;
    return isKnown;
  }
}

function tolerance(idleMs: number): number {
  return Math.max(TOLERANCE_MS, idleMs / 10);
}
