/**
 * How much one request may hold: what the server takes in half a second. A server that is being stopped waits seven seconds
 * for the requests that it has not read, and then loses the recent rows of all clients. Pure.
 */

const MOST_BYTES = 12 * 1024 * 1024;
const LEAST_BYTES = 64 * 1024;
/** After a failure, what the server can take is unknown. */
const BYTES_AFTER_FAILURE = 256 * 1024;
const LONGEST_MS = 500;

/** What is learned from answers. */
export interface RequestSize {
  /** Bytes that a request may hold. */
  readonly bytes: number;
  /** How long an answer takes whatever the request holds: the network can be slow and the server quick. */
  readonly latencyMs: number;
}

/** Before the first answer. */
export const FIRST_SIZE: RequestSize = { bytes: MOST_BYTES, latencyMs: Number.POSITIVE_INFINITY };

/** Whether at most one request may be under way, because the server has failed or is slow. */
export function isCautious({ bytes }: RequestSize): boolean {
  return bytes < MOST_BYTES;
}

/** After a request of this many bytes that was answered this many milliseconds after its end. */
export function afterAnswer(size: RequestSize, bytes: number, ms: number): RequestSize {
  const isSmall = bytes <= 2 * LEAST_BYTES;
  const latencyMs = isSmall ? ms : Math.min(size.latencyMs, ms);
  const forBytesMs = ms - latencyMs;
  if (forBytesMs <= LONGEST_MS / 2) {
    return { bytes: Math.min(MOST_BYTES, size.bytes * 2), latencyMs };
  }
  if (forBytesMs <= LONGEST_MS) return { bytes: size.bytes, latencyMs };
  const worth = Math.floor((bytes * LONGEST_MS) / forBytesMs);
  return { bytes: Math.max(LEAST_BYTES, Math.min(size.bytes, worth)), latencyMs };
}

/** After a request that was not answered, or when no connection could be made. */
export function afterFailure({ bytes, latencyMs }: RequestSize): RequestSize {
  return { bytes: Math.min(bytes, BYTES_AFTER_FAILURE), latencyMs };
}
