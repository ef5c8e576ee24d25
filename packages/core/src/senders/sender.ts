/** The interface of a sender: one way to get bytes to the server. */

import type { Endpoint } from './endpoint.ts';
import type { Outcome } from './outcome.ts';
import type { Span } from './span.ts';

/** What a sender is given to work with; implemented by the delivery. */
export interface SenderHost {
  /** Records that could be sent now; 0 while the delivery holds back. */
  available(): number;
  /**
   * Whether the server has to show first that it takes lines (again): then one request is under way at most, a complete
   * one. A server that hangs or refuses is not sent everything each time it is tried.
   */
  onTrial(): boolean;
  /** Bytes that one request may hold; less than the sender's own limit after the server refused larger ones. */
  readonly largestRequestBytes: number;
  /** The next lines to send, or undefined when there are none. */
  take(maxBytes: number): Span | undefined;
  /** Says what became of the spans of one request. */
  settle(spans: readonly Span[], outcome: Outcome): void;
  /** Whether to make no new connection and send nothing at the moment. */
  held(): boolean;
  /** Says that no connection can be made at the moment. */
  unreachable(reason: string): void;
  /** Says that a connection is there (again). */
  reachable(): void;
}

/** The settings that senders look at. */
export interface SenderSettings {
  readonly endpoint: Endpoint;
  readonly headers: Readonly<Record<string, string>>;
  readonly holdMs: number;
  readonly exitTimeoutMs: number;
}

/** A server that is slow to connect to must stay within reach of those who let no exit wait. */
const SHORTEST_CONNECT_TIMEOUT_MS = 250;

/** How long an attempt to connect may last, which holds up a natural end: at most so long, and not longer than an exit may. */
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
