/** The interface of a sender: one way to get bytes to the server. */
import type { BlockRange } from './block.ts';
import type { Endpoint } from './endpoint.ts';
import type { Outcome } from './outcome.ts';
import type { Newer } from './write-through/doubt.ts';

export interface Limits {
  /** Bytes that one request may hold. Smaller after the server refused larger requests, and while half-open. */
  readonly requestBytes: number;
  /** The same for one that goes out whole. Few after a failure. */
  readonly batchBytes: number;
  /** Bytes that all requests in flight may hold together, unless the process exits. Few after a failure, or if the server is slow. */
  readonly bytesAtOnce: number;
  /** True during the wait after a failure: no new connection may be made. */
  readonly backsOff: boolean;
  /**
   * True when the server must first show that it takes lines (again). At most one complete request is in flight then, so that a
   * server that hangs or refuses does not get everything at each attempt.
   */
  readonly isHalfOpen: boolean;
}

/** What a sender is given to work with; implemented by the delivery. */
export interface SenderHost {
  /** Lines that can be sent now; 0 while backing off. */
  readonly lines: number;
  readonly retry: { readonly state: Limits };
  /** `isGone`: what it holds is unknown, since a full stack has interrupted it. Set without a call: the stack may still be full. */
  readonly current: { isGone: boolean };
  /** The next lines to send: at most `maxBytes` in a request, but at least one line. Undefined when there are none. */
  take(maxBytes: number): BlockRange | undefined;
  /** Reports the outcome for the lines of one request. */
  settle(ranges: readonly BlockRange[], outcome: Outcome): void;
  /** Blocks until all lines are delivered, or the time is up, or, for `isOnce`, an attempt fails. Closes the sender if a thread sends them. */
  flushSync(timeoutMs: number, isOnce: boolean): unknown;
  /** Reports on a connection. `reason` says how or why. */
  connection(is: ConnectionReport, reason: string): void;
}

/**
 * A connection was `made`, an idle one was `lost` unexpectedly, there is none and none can be made (`failed`, or `timed out` without
 * an answer), or this platform, or the server over TLS, does not offer what the sender needs (`unsupported`).
 */
export type ConnectionReport = 'made' | 'lost' | 'failed' | 'timed out' | 'unsupported';

export interface SenderSettings {
  readonly endpoint: Endpoint;
  readonly headers: Readonly<Record<string, string>>;
  readonly exitTimeoutMs: number;
  /** False: over https the portable sender is used. */
  readonly tlsWriteThrough: boolean;
  readonly maxConnections: number;
  /** How long a second connection is kept without lines. */
  readonly keepConnectionsMs: number;
}

/**
 * How long an answer may take if the server shows no other sign of life. Well below one minute (`-insert.maxQueueDuration`): then
 * VictoriaLogs gives up a queued request, answers 200, and loses it.
 * https://github.com/VictoriaMetrics/VictoriaMetrics/blob/master/lib/writeconcurrencylimiter/concurrencylimiter.go
 */
export const ANSWER_TIMEOUT_MS = 10_000;
/** Unlike a connection, an attempt to connect keeps the event loop alive, so it must not last long. */
export const CONNECT_TIMEOUT_MS = 1_000;
/** The pause after an attempt that timed out. Node does not wait for its end: a program that is over can end now. */
export const REST_MS = 50;
/** With a TLS handshake, which does not keep it alive. On a busy or slow processor it takes seconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** A program with a shorter exit timeout must still reach a server that is slow to connect to. */
const MIN_CONNECT_TIMEOUT_MS = 250;

/** How long connecting may last. It can delay a natural end, so it ends when an exit would, but not before `MIN_CONNECT_TIMEOUT_MS`. */
export function connectTimeout({ exitTimeoutMs }: SenderSettings, maxMs: number): number {
  return Math.min(maxMs, Math.max(exitTimeoutMs, MIN_CONNECT_TIMEOUT_MS));
}

/** One way to get bytes to the server. Nothing here throws. Only `ready` and attempts to connect keep the event loop alive. */
export interface Sender {
  /**
   * Resolves when lines can be sent at once, or when that will not be soon. With no time at all it only begins to connect, if that
   * takes the event loop.
   */
  ready(timeoutMs: number): Promise<void>;
  /** Sends what can be sent without waiting. Called after every line. `flush`: ends open requests, so that answers come. */
  pump(now: number, flush?: 'flush'): void;
  /** The thread is about to block, perhaps for as long as it lives: see `beforeBlock`. Absent where nothing can be done about it. */
  rest?(): void;
  /**
   * Nothing has moved for long: connections may have died without a sign. Tries a new one. The more it answers while they stay
   * silent, the more of their lines it sends again. False in an exiting process in which it cannot make one.
   *
   * @param until When the caller gives up, by the steady clock.
   */
  suspect?(until: number, where?: 'sync'): boolean;
  /** Absent when the sender always needs the event loop. */
  readonly withoutLoop?: WithoutLoop;
  /** Gives back everything that is in flight, and closes the connections. */
  close(): void;
}

/** What a sender does without the event loop: in an exiting process, or before a call that blocks. */
export interface WithoutLoop {
  /** Makes progress. False when it cannot go on like this now. */
  pump(now: number): boolean;
  /** How many lines were taken and are not yet with the kernel. */
  readonly untakenLines: number;
  /** Whether connections are silent. `pump` still sees what they receive, also where it cannot go on without others. */
  readonly isSilent: boolean;
  /** A request that somebody else sent was answered. It began at `since`. */
  answeredElsewhere(since: number, newer: Newer): void;
}
