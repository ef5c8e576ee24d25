/** The interface of a sender: one way to get bytes to the server. */
import type { Span } from './block.ts';
import type { Endpoint } from './endpoint.ts';
import type { Outcome } from './outcome.ts';

/** What may be sent at this moment. It is the same object each time, with new values. */
export interface Window {
  /** Lines that can be sent now; 0 while the delivery holds back. */
  readonly lines: number;
  /** Bytes that one request may hold. Smaller after the server refused larger requests, and on trial. */
  readonly requestBytes: number;
  /** True while no new connection may be made, because the last attempts failed. */
  readonly isHeld: boolean;
  /**
   * True when the server must first show that it takes lines (again). At most one complete request is under way then, so that a
   * server that hangs or refuses does not get everything at each attempt.
   */
  readonly isOnTrial: boolean;
}

/** What a sender is given to work with; implemented by the delivery. */
export interface SenderHost {
  /** What may be sent. */
  window(): Window;
  /** The next lines to send: at most `maxBytes` in a request, but at least one line. Undefined when there are none. */
  take(maxBytes: number): Span | undefined;
  /** Reports the outcome for the lines of one request. */
  settle(spans: readonly Span[], outcome: Outcome): void;
  /**
   * Reports on a connection: one was `made`, an idle one was `lost` unexpectedly, or none can be made (`failed`). `reason` says
   * how or why.
   */
  connection(is: 'made' | 'lost' | 'failed', reason?: string): void;
}

/** The settings that senders look at. */
export interface SenderSettings {
  readonly endpoint: Endpoint;
  readonly headers: Readonly<Record<string, string>>;
  readonly exitTimeoutMs: number;
  /** False: over https the portable sender is used. */
  readonly tlsWriteThrough: boolean;
}

/** A program with a shorter exit timeout must still reach a server that is slow to connect to. */
const SHORTEST_CONNECT_TIMEOUT_MS = 250;

/** How long an attempt to connect may last. It delays a natural end, so it must not last longer than an exit may take. */
export function connectTimeout({ exitTimeoutMs }: SenderSettings, mostMs: number): number {
  return Math.min(mostMs, Math.max(exitTimeoutMs, SHORTEST_CONNECT_TIMEOUT_MS));
}

/** One way to get bytes to the server. Nothing here throws. Only `ready` and attempts to connect keep the event loop alive. */
export interface Sender {
  /** True when it delivers only through the event loop. */
  readonly needsLoop: boolean;
  /** Resolves when lines can be sent at once, or when that will not be soon. */
  ready(timeoutMs: number): Promise<void>;
  /** Sends what can be sent at this moment without waiting. Called after every line. */
  pump(now: number): void;
  /** Ends requests that are still open, so that their answers come. */
  finish(): void;
  /**
   * Makes progress without the event loop, in an exiting process. True when something moved; false when it can only wait;
   * undefined when this sender cannot work like this, at least now.
   */
  pumpSync(now: number): boolean | undefined;
  /** Gives back everything that is in flight, and closes the connections. */
  close(): void;
}
