/**
 * When a request ends, how much it may hold, and what is sent again at once. Pure.
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
/** How much may be stored twice: an open request of this size ends, and one that tests a server or replaces a silent one holds no more. */
export const FEW_BYTES = 16 * 1024;
/** With another idle connection, a request of this age ends, whatever it holds. */
const PREFERRED_AGE_MS = 1_000;
/** A server that has not answered in this time is slow: lone lines, 100 ms apart at least, then occupy all four connections. */
export const SLOW_AFTER_MS = 300;
/** A request of this age ends, unless the server is slow: a server that is being stopped does not wait for it for long. */
export const MAX_AGE_MS = 3_000;

const MAX_BYTES = 12 * 1024 * 1024;
/** The most that a request holds if it goes out whole. nginx, as installed, takes no more. */
export const MAX_BATCH_BYTES: number = 1024 * 1024;
const MIN_BYTES = 64 * 1024;
/** After a failure, what the server can take is unknown. */
const BYTES_AFTER_FAILURE = 256 * 1024;
/** No more is in flight than the server takes in this time. */
const MAX_ANSWER_MS = 500;
/** At most this share of the queue is in one request. An answer comes only after its end, and only an answer frees memory. */
const REQUEST_SHARE = 0.25;
/** At most this share of the queue is in flight. The rest can still be dropped to make room. */
export const IN_FLIGHT_SHARE = 0.75;

export interface Size {
  readonly count: number;
  readonly bytes: number;
}

/** What is learned from answers. Each change makes another one. */
export class RequestSize {
  /** Bytes that the server accepts in one request: all, until it refuses some. */
  readonly acceptedBytes: number;
  /** Bytes of one that goes out whole: few after a failure, and twice as much after each that was taken. */
  readonly batchBytes: number = MAX_BATCH_BYTES;
  /** Bytes that all requests in flight may hold together: what the server takes in half a second. Unlimited while it is quick. */
  readonly bytesAtOnce: number = Number.POSITIVE_INFINITY;
  /** Whether a slow link may be the reason of a silence. Then it gets only as much more as it has carried, until all is delivered. */
  readonly isSlowLink: boolean = false;
  /** How long an answer takes whatever the request holds: the network can be slow and the server quick. */
  readonly latencyMs: number = Number.POSITIVE_INFINITY;
  /** Bytes that a request may ever hold. */
  readonly maxBytes: number;

  constructor(maxQueueBytes: number) {
    this.maxBytes = this.acceptedBytes = Math.min(MAX_BYTES, maxQueueBytes * REQUEST_SHARE);
  }

  /** After a request with lines that were taken. */
  afterLines(): RequestSize {
    return this.#with({
      acceptedBytes: Math.min(this.maxBytes, this.acceptedBytes * 2),
      batchBytes: Math.min(MAX_BATCH_BYTES, this.batchBytes * 2),
    });
  }

  /**
   * After a request of this many bytes, some of which the server does not take. No later request is as large: a proxy that passes bodies
   * on while they arrive stores the beginning of each that it refuses. A single line that is too large does not make all later ones tiny.
   */
  afterRefusal(bytes: number, isTooLarge: boolean): RequestSize {
    const acceptedBytes = Math.min(bytes, isTooLarge ? MAX_BATCH_BYTES : bytes) / 2;
    const maxBytes = isTooLarge ? Math.max(MIN_BYTES, acceptedBytes) : this.maxBytes;
    return this.#with({ acceptedBytes, maxBytes: Math.min(this.maxBytes, maxBytes) });
  }

  /**
   * After a request of this many bytes that was answered this many milliseconds after its end.
   * @param isLast No other lines are pending.
   */
  afterAnswer(bytes: number, ms: number, isLast = false): RequestSize {
    const isSmall = bytes <= 2 * MIN_BYTES;
    const latencyMs = isSmall ? ms : Math.min(this.latencyMs, ms);
    const forBytesMs = ms - latencyMs;
    let { bytesAtOnce } = this;
    if (forBytesMs > MAX_ANSWER_MS) {
      const worth = Math.floor((bytes * MAX_ANSWER_MS) / forBytesMs);
      bytesAtOnce = Math.max(MIN_BYTES, Math.min(bytesAtOnce, worth));
    } else if (forBytesMs <= MAX_ANSWER_MS / 2) {
      bytesAtOnce += this.isSlowLink ? bytes : bytesAtOnce;
      if (bytesAtOnce >= MAX_BYTES) bytesAtOnce = Number.POSITIVE_INFINITY;
    }
    const isSlowLink = this.isSlowLink && !isLast && bytesAtOnce < MAX_BYTES;
    return this.#with({ bytesAtOnce, isSlowLink, latencyMs });
  }

  /**
   * After a request that the server may have taken although it failed, or when no connection could be made.
   * @param isInDoubt No answer came, and no other connection shows that the server works.
   * @param silentBytes In flight without any answer for long.
   */
  afterFailure(isInDoubt: boolean | undefined, silentBytes = 0): RequestSize {
    let { bytesAtOnce } = this;
    const isSlowLink = silentBytes > MIN_BYTES;
    if (isSlowLink) bytesAtOnce = Math.min(bytesAtOnce, Math.max(MIN_BYTES, silentBytes / 4));
    if (isInDoubt) bytesAtOnce = Math.min(bytesAtOnce, BYTES_AFTER_FAILURE);
    const batchBytes = FEW_BYTES;
    return this.#with({ batchBytes, bytesAtOnce, isSlowLink: this.isSlowLink || isSlowLink });
  }

  #with(changes: Partial<RequestSize>): RequestSize {
    return Object.assign(new RequestSize(0), this, changes);
  }
}

/**
 * Whether a request ends, although lines may follow: `now` in any case, or `if idle` is another connection. `unless slow`: also
 * without one, unless the server is slow. It owes an answer then, and once it is there, a connection is idle.
 *
 * @param maxBytes What the server accepts, and takes in half a second.
 */
export function endOf(
  { count, bytes }: Size,
  ageMs: number,
  maxBytes: number,
): 'now' | 'unless slow' | 'if idle' | 'later' {
  if (bytes >= maxBytes) return 'now';
  if (ageMs >= MAX_AGE_MS) return 'unless slow';
  const isEnough = count >= ENOUGH_LINES || bytes >= FEW_BYTES;
  return ageMs >= (isEnough ? MIN_AGE_MS : PREFERRED_AGE_MS) ? 'if idle' : 'later';
}

/** What the other connections do: one is idle, or all are busy, or they are busy because the server is slow. */
export type Others = 'idle' | 'busy' | 'slow';

/** The time since the last line. */
export class Pause {
  lineAt = Number.NEGATIVE_INFINITY;
  /** When a request last ended after a short one. */
  #shortAt = Number.NEGATIVE_INFINITY;

  /**
   * When a request ends if no line follows. A short pause ends it only if another connection is idle: lines often follow. While the
   * server is slow, no pause ends it: the next line would wait in memory for seconds.
   */
  endsAt(others: Others): number {
    if (others === 'slow') return Number.POSITIVE_INFINITY;
    const longest = this.lineAt + PAUSE_MS;
    if (others === 'busy') return longest;
    const short = Math.max(this.lineAt + SHORT_PAUSE_MS, this.#shortAt + SHORT_PAUSE_EVERY_MS);
    return Math.min(longest, short);
  }

  /** A request ends. */
  ended(now: number): void {
    if (now < this.lineAt + PAUSE_MS) this.#shortAt = now;
  }
}
