/**
 * When a request ends, and how much it may hold. Pure.
 *
 * No request stays open for long while the program is idle: a server that is being stopped waits seven seconds for it, gives up, and
 * loses the recent rows of all clients. A request ends early, so that few lines are stored twice if its connection breaks. But size
 * or a short pause never ends it while no other connection is idle: the next line would wait in memory, and die with the process.
 */
/** A line is alone if none came in this time before it. An open request ends after a pause of this length. */
export const PAUSE_MS = 100;
/** It already ends after this shorter pause, unless another one did in the last second: a request costs the server 150 µs. */
const SHORT_PAUSE_MS = 5;
const SHORT_PAUSE_EVERY_MS = 1_000;
/** With another idle connection, a request of this age and size ends. A younger one ends only if it holds all that it may. */
export const MIN_AGE_MS = 20;
const ENOUGH_LINES = 64;
/** And what a broken connection may duplicate. */
export const ENOUGH_BYTES = 16 * 1024;
/** With another idle connection, a request of this age ends, whatever it holds. */
const PREFERRED_AGE_MS = 1_000;
/** A server that has not answered in this time is slow. Lone lines, 100 ms apart at least, are then on all four connections. */
export const SLOW_AFTER_MS = 300;
/** A request of this age ends, unless the server is slow: a server that is being stopped waits for it, and not for long. */
export const MAX_AGE_MS = 3_000;

const MAX_BYTES = 12 * 1024 * 1024;
const MIN_BYTES = 64 * 1024;
/** After a failure, what the server can take is unknown. */
const BYTES_AFTER_FAILURE = 256 * 1024;
/** What is in flight is what the server takes in this time. */
const MAX_ANSWER_MS = 500;

export interface Size {
  readonly count: number;
  readonly bytes: number;
}

/** What is learned from answers. */
export interface RequestSize {
  /** Bytes that a request may hold, and if the server has failed or is slow, all requests in flight together. */
  readonly bytes: number;
  /** How long an answer takes whatever the request holds: the network can be slow and the server quick. */
  readonly latencyMs: number;
}

/** Before the first answer. */
export const FIRST_SIZE: RequestSize = { bytes: MAX_BYTES, latencyMs: Number.POSITIVE_INFINITY };

/**
 * Whether a request ends, although lines may follow: `now` in any case, or `beside another` connection that is idle. `unless slow`: also
 * without one, unless the server is slow. It owes an answer then, and once it is there, a connection is idle.
 *
 * @param maxBytes What the server accepts, and takes in half a second.
 */
export function endOf(
  { count, bytes }: Size,
  ageMs: number,
  maxBytes: number,
): 'now' | 'unless slow' | 'beside another' | 'later' {
  if (bytes >= maxBytes) return 'now';
  if (ageMs >= MAX_AGE_MS) return 'unless slow';
  const isEnough = count >= ENOUGH_LINES || bytes >= ENOUGH_BYTES;
  return ageMs >= (isEnough ? MIN_AGE_MS : PREFERRED_AGE_MS) ? 'beside another' : 'later';
}

/** What the other connections do: one is idle, or all are busy, or they are busy because the server is slow. */
export type Others = 'idle' | 'busy' | 'slow';

/**
 * When a request ends if no line follows. A short pause ends it only if another connection is idle: lines often follow. While the
 * server is slow, no pause ends it: the next line would wait in memory for seconds.
 *
 * @param shortPauseAt When one last ended after a short pause.
 */
export function endOfPause(lastLineAt: number, shortPauseAt: number, others: Others): number {
  if (others === 'slow') return Number.POSITIVE_INFINITY;
  const longest = lastLineAt + PAUSE_MS;
  if (others === 'busy') return longest;
  const short = Math.max(lastLineAt + SHORT_PAUSE_MS, shortPauseAt + SHORT_PAUSE_EVERY_MS);
  return Math.min(longest, short);
}

/** Whether all requests together may hold no more than one, because the server has failed or is slow. */
export function isCautious({ bytes }: RequestSize): boolean {
  return bytes < MAX_BYTES;
}

/** After a request of this many bytes that was answered this many milliseconds after its end. */
export function afterAnswer(size: RequestSize, bytes: number, ms: number): RequestSize {
  const isSmall = bytes <= 2 * MIN_BYTES;
  const latencyMs = isSmall ? ms : Math.min(size.latencyMs, ms);
  const forBytesMs = ms - latencyMs;
  if (forBytesMs <= MAX_ANSWER_MS / 2) {
    return { bytes: Math.min(MAX_BYTES, size.bytes * 2), latencyMs };
  }
  if (forBytesMs <= MAX_ANSWER_MS) return { bytes: size.bytes, latencyMs };
  const worth = Math.floor((bytes * MAX_ANSWER_MS) / forBytesMs);
  return { bytes: Math.max(MIN_BYTES, Math.min(size.bytes, worth)), latencyMs };
}

/** After a request that was not answered, or when no connection could be made. */
export function afterFailure({ bytes, latencyMs }: RequestSize): RequestSize {
  return { bytes: Math.min(bytes, BYTES_AFTER_FAILURE), latencyMs };
}
