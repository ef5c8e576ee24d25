/**
 * The idle timeout of the other end, learnt from the connections that it closes. Only an end that this timeout explains is no sign of a
 * server that was killed. Pure.
 *
 * The last end counts: another one after about the same idle time is explained by it. A connection that is idle for longer and still
 * works refutes it, so that a server which is killed twice after a similar time is noticed.
 */

/** A busy event loop hears of an end late. */
const NOTICED_WITHIN_MS = 100;
/** A connection is looked at before it is used, so only the other end's clock is not exact. */
const CLOCK_MS = 20;
/** A server that closes connections after less idle time does not keep them. Replacing them in a hurry would hammer it. */
const SHORT_LIFE_MS = 1_000;

export class IdleTimeout {
  /** False while the other end closes every connection at its answer or soon after. Set to true when one lasts until the next. */
  keepsAlive = true;
  /** How long the connection that the other end closed last had been idle, unless another one has lasted longer since. */
  #closesAfterMs = Number.NEGATIVE_INFINITY;

  /** Notes that a connection was idle for this time, and still works. */
  lasted(idleMs: number): void {
    if (idleMs > this.#closesAfterMs + Math.max(CLOCK_MS, idleMs / 50))
      this.#closesAfterMs = Number.NEGATIVE_INFINITY;
  }

  /** Notes that the other end has closed a connection that was idle for this time. Returns whether the timeout explains that. */
  explains(idleMs: number): boolean {
    const { keepsAlive } = this;
    const differenceMs = Math.abs(idleMs - this.#closesAfterMs);
    this.#closesAfterMs = idleMs;
    if (idleMs < SHORT_LIFE_MS) this.keepsAlive = false;
    // No idle timeout is so short: then connections are closed after each answer, or the server was killed.
    if (idleMs < NOTICED_WITHIN_MS && keepsAlive) return false;
    return differenceMs <= Math.max(NOTICED_WITHIN_MS, idleMs / 10);
  }
}
