/**
 * How much one request may hold: what the server takes in half a second. A server that is being stopped waits seven seconds
 * for the requests that it has not read, and then loses the recent rows of all clients.
 */

const MOST_BYTES = 12 * 1024 * 1024;
const LEAST_BYTES = 64 * 1024;
/** After a failure, what the server can take is unknown. */
const BYTES_AFTER_FAILURE = 256 * 1024;
const LONGEST_MS = 500;

/** Learns from answers. Pure. */
export class RequestSize {
  #bytes = MOST_BYTES;
  /** How long an answer takes whatever the request holds: the network can be slow and the server quick. */
  #latencyMs = Number.POSITIVE_INFINITY;

  /** Bytes that a request may hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** True while at most one request is under way, because the server has failed or is slow. */
  get isCautious(): boolean {
    return this.#bytes < MOST_BYTES;
  }

  /** A request was answered this many milliseconds after its end. */
  answered(bytes: number, ms: number): void {
    if (bytes <= 2 * LEAST_BYTES || ms < this.#latencyMs) this.#latencyMs = ms;
    const forBytesMs = ms - this.#latencyMs;
    if (forBytesMs <= LONGEST_MS / 2) this.#bytes = Math.min(MOST_BYTES, this.#bytes * 2);
    else if (forBytesMs > LONGEST_MS) {
      const worth = Math.floor((bytes * LONGEST_MS) / forBytesMs);
      this.#bytes = Math.max(LEAST_BYTES, Math.min(this.#bytes, worth));
    }
  }

  /** A request was not answered, or no connection could be made. */
  failed(): void {
    this.#bytes = Math.min(this.#bytes, BYTES_AFTER_FAILURE);
  }
}
