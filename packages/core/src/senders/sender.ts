/** The interface of a sender: one way to get bytes to the server. */
import type { Span } from './block.ts';
import type { Endpoint } from './endpoint.ts';
import type { Outcome } from './outcome.ts';

/** What may be sent at this moment. The same object each time, with new values. */
export interface Window {
  /** Lines that could go now; 0 while the delivery holds back. */
  readonly lines: number;
  /** Bytes that one request may hold; less than the sender's own limit after the server refused larger ones. */
  readonly requestBytes: number;
  /** True while no new connection may be made, since the last attempts have failed. */
  readonly isHeld: boolean;
  /**
   * True when the server has to show (again) that it takes lines: then one complete request is under way at most. A server
   * that hangs or refuses is not sent everything each time it is tried.
   */
  readonly isOnTrial: boolean;
}

/** What a sender is given to work with; implemented by the delivery. */
export interface SenderHost {
  /** What may be sent. */
  window(): Window;
  /** The next lines to send: at most `maxBytes` in a request, but one line at least. Undefined when there are none. */
  take(maxBytes: number): Span | undefined;
  /** Says what became of the lines of one request. */
  settle(spans: readonly Span[], outcome: Outcome): void;
  /**
   * One word about the connection: `made`, and how; `lost`, an idle one has ended though nobody asked for it; `failed`, none
   * can be made, and why.
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

/** A server that is slow to connect to must stay within reach of programs whose exit may not wait. */
const SHORTEST_CONNECT_TIMEOUT_MS = 250;

/** How long an attempt to connect may last. It holds up a natural end, so it is no longer than an exit may be. */
export function connectTimeout({ exitTimeoutMs }: SenderSettings, mostMs: number): number {
  return Math.min(mostMs, Math.max(exitTimeoutMs, SHORTEST_CONNECT_TIMEOUT_MS));
}

/** One way to get bytes to the server. Nothing here throws, and nothing keeps the event loop alive. */
export interface Sender {
  /** True when it delivers through the event loop alone. */
  readonly needsLoop: boolean;
  /** Resolves when lines can be sent at once, or when that is not going to be soon. */
  ready(timeoutMs: number): Promise<void>;
  /** Hands over what can go at this moment without waiting. Called after every line. */
  pump(now: number): void;
  /** Ends requests that are still open, so that their answers come. */
  finish(): void;
  /**
   * Makes progress without the event loop, in an exiting process: true when something moved, false when there is
   * nothing to wait for but time, undefined when this sender cannot work in this way (now).
   */
  pumpSync(now: number): boolean | undefined;
  /** Gives everything back that is in flight and closes the connections. */
  close(): void;
}
