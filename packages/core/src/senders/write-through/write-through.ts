/**
 * The write-through sender: hands each line to the kernel before the logging call returns. So the line leaves the machine even
 * if the process is killed right after. Works over http and over TLS 1.3.
 *
 * Two dangers decide when requests begin and end. No line may be written after an unread answer: the kernel would drop it when
 * the process dies. No request may stay open while idle: the server could not stop gracefully, and would lose rows of other
 * clients. So a lone line is a complete request if another connection is free. Lines that follow closely are chunks of one open
 * request on another connection. It ends after a pause, and in any case after three seconds or at the size limit. If another
 * connection is free, it ends sooner: after a second, at 2 MiB, or after a tenth of a second if it is large by then.
 */
import { type Clock, nodeClock } from '../../process/timers.ts';
import { withoutCredentials } from '../../process/without-secrets.ts';
import type { Span } from '../block.ts';
import { outcomeOfAnswer } from '../outcome.ts';
import {
  connectTimeout,
  type Sender,
  type SenderHost,
  type SenderSettings,
  type Window,
} from '../sender.ts';
import type { Answer } from './answer.ts';
import type { Connection } from './connection.ts';
import { Framing, LAST_CHUNK } from './framing.ts';
import { type AnsweredRequest, ConnectionPool, type PoolOwner } from './pool.ts';
import { afterAnswer, afterFailure, FIRST_SIZE, isCautious } from './request-size.ts';

/** A line is alone if none came in this time before it. An open request ends after a pause of this length. */
const PAUSE_MS = 100;
/** It already ends after this shorter pause, unless another one did in the last second: a request costs the server 150 µs. */
const SHORT_PAUSE_MS = 5;
const SHORT_PAUSE_EVERY_MS = 1_000;
const PREFERRED_REQUEST_MS = 1_000;
/** A request that is large by then ends: all its lines would be stored twice if the connection broke. */
const LARGE_REQUEST_MS = 100;
const LARGE_REQUEST_BYTES = 64 * 1024;
const LONGEST_REQUEST_MS = 3_000;
const PREFERRED_REQUEST_BYTES = 2 * 1024 * 1024;
/** Bytes per system call when there is a backlog. */
const WRITE_BYTES = 64 * 1024;
/** Unlike a connection, an attempt to connect keeps the event loop alive, so it must not last long. */
const CONNECT_TIMEOUT_MS = 1_000;
/** With a TLS handshake. On a busy or slow processor it takes seconds. */
const TLS_TIMEOUT_MS = 10_000;

/** Called with the reason when this platform, or the server over TLS, does not offer what the sender needs. */
export type Unsupported = (reason: string) => void;

/** Sends through plain file descriptors. */
export class WriteThroughSender implements Sender, PoolOwner {
  readonly needsLoop = false;
  readonly unsupported: Unsupported;
  readonly #framing: Framing;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #host: SenderHost;
  readonly #clock: Clock;
  readonly #pool: ConnectionPool;
  #size = FIRST_SIZE;
  /** The connection with the open request. */
  #open: Connection | undefined;
  #lastLineAt = Number.NEGATIVE_INFINITY;
  /** When a request last ended after a short pause. */
  #shortPauseAt = Number.NEGATIVE_INFINITY;

  constructor(
    settings: SenderSettings,
    host: SenderHost,
    unsupported: Unsupported,
    clock: Clock = nodeClock,
  ) {
    const { endpoint, headers } = settings;
    this.#framing = new Framing(endpoint, headers);
    this.#headers = headers;
    this.#host = host;
    this.#clock = clock;
    this.unsupported = unsupported;
    const most = endpoint.protocol === 'https:' ? TLS_TIMEOUT_MS : CONNECT_TIMEOUT_MS;
    const timeoutMs = connectTimeout(settings, most);
    this.#pool = new ConnectionPool(endpoint, timeoutMs, this.#framing.empty, this, clock);
  }

  ready(timeoutMs: number): Promise<void> {
    return this.#pool.ready(timeoutMs);
  }

  pump(now: number): void {
    // While a request is open, its alarm looks for missing connections, every 100 ms at least.
    if (this.#open?.phase !== 'open' && this.#pool.isShort) this.#pool.want(now);
    let window = this.#host.window();
    if (window.isOnTrial) {
      this.#pool.look(now);
      window = this.#host.window();
    }
    const isLone = now - this.#lastLineAt >= PAUSE_MS;
    for (let { lines } = window; lines > 0; lines = this.#host.window().lines) {
      if (this.#open !== undefined && this.#open.phase !== 'open') this.#open = undefined;
      const connection = this.#open ?? this.#free(now);
      if (connection === undefined) {
        this.#pool.want(now);
        return;
      }
      if (connection.stalled && !this.#pool.drain(connection, now)) return;
      // The attempt to drain it may have closed it.
      if (connection.phase === 'closed') continue;
      this.#lastLineAt = now;
      const sent =
        connection.phase === 'open'
          ? this.#goOn(connection, window, now)
          : this.#begin(connection, isLone, now);
      // Usually that was the one line that has just come.
      if (sent === lines) return;
    }
  }

  finish(): void {
    const now = this.#clock.steady();
    this.pump(now);
    if (this.#open?.phase === 'open') this.#end(this.#open, now);
  }

  pumpSync(now: number): boolean | undefined {
    if (!this.#pool.prepareWithoutLoop()) return undefined;
    this.pump(now);
    this.finish();
    return this.#pool.poll();
  }

  close(): void {
    this.#pool.close();
  }

  isHeld(): boolean {
    return this.#host.window().isHeld;
  }

  connected(how: string): void {
    this.#host.connection('made', how);
  }

  answered({ spans, bytes, ms, isComplete }: AnsweredRequest, answer: Answer): void {
    const { status, retryAfter, date } = answer;
    const text = withoutCredentials(answer.text, this.#headers);
    const outcome = outcomeOfAnswer(status, retryAfter, text, this.#clock.wall(), date);
    const isDelivered = outcome.kind === 'delivered';
    if (isComplete && isDelivered) this.#size = afterAnswer(this.#size, bytes, ms);
    this.#host.settle(spans, isComplete || !isDelivered ? outcome : TOO_EARLY);
  }

  broken(spans: readonly Span[], reason: string): void {
    this.#size = afterFailure(this.#size);
    this.#host.settle(spans, { kind: 'retryable', reason, contactLost: reason !== 'closed' });
  }

  lost(reason: string): void {
    this.#host.connection('lost', reason);
  }

  unreachable(reason: string): void {
    this.#size = afterFailure(this.#size);
    this.#host.connection('failed', reason);
  }

  tick(now: number): void {
    const open = this.#open;
    if (open?.phase !== 'open') return;
    const endsAt = this.#endsAt();
    if (now >= endsAt) {
      if (endsAt < this.#lastLineAt + PAUSE_MS) this.#shortPauseAt = now;
      this.finish();
    } else this.#endIfDue(open, this.#host.window(), now);
    if (this.#open !== undefined) this.#pool.wake(Math.max(this.#endsAt(), now + 1));
  }

  /** A server that has failed or is slow gets one request at a time. */
  #free(now: number): Connection | undefined {
    if (isCautious(this.#size) && this.#pool.isBusy) {
      this.#pool.look(now);
      if (this.#pool.isBusy) return undefined;
    }
    return this.#pool.free(now);
  }

  /** The next lines, which are noted in the connection; undefined when there are none after all. */
  #take(connection: Connection, { requestBytes }: Window): Span | undefined {
    const span = this.#host.take(Math.min(WRITE_BYTES, requestBytes, this.#size.bytes));
    if (span === undefined) return undefined;
    addTo(connection.spans, span);
    connection.requestBytes += span.bytes;
    return span;
  }

  /** Returns the number of lines. */
  #goOn(connection: Connection, window: Window, now: number): number {
    const span = this.#take(connection, window);
    if (span === undefined) return 0;
    const lines = span.to - span.from;
    const { block, from, to } = span;
    connection.write(block.buffer, block.startOf(from), block.endOf(to - 1));
    // The alarm was set when the request began. Another line can only delay the end.
    this.#endIfDue(connection, window, now);
    return lines;
  }

  /** Returns the number of lines. */
  #begin(connection: Connection, isLone: boolean, now: number): number {
    const span = this.#take(connection, this.#host.window());
    if (span === undefined) return 0;
    const sent = span.to - span.from;
    connection.since = now;
    const window = this.#host.window();
    const { isOnTrial, lines } = window;
    // If no other connection is free, this one must also take the lines that follow.
    const isWhole = isOnTrial || (isLone && lines === 0 && this.#pool.hasIdle(connection));
    const framing = this.#framing;
    const bytes = framing.begin(span, isWhole);
    connection.phase = 'open';
    if (!isWhole) this.#open = connection;
    connection.write(framing.buffer, 0, bytes);
    if (connection.stalled) framing.leaveBuffer();
    if (isWhole) this.#awaitAnswer(connection, now);
    else {
      this.#pool.wake(this.#endsAt());
      this.#endIfDue(connection, window, now);
    }
    this.#pool.want(now);
    return sent;
  }

  /** When the open request ends if no more lines come. */
  #endsAt(): number {
    const afterShortPause = Math.max(
      this.#lastLineAt + SHORT_PAUSE_MS,
      this.#shortPauseAt + SHORT_PAUSE_EVERY_MS,
    );
    return Math.min(this.#lastLineAt + PAUSE_MS, afterShortPause);
  }

  #endIfDue(connection: Connection, { requestBytes }: Window, now: number): void {
    if (connection.phase !== 'open') return;
    const age = now - connection.since;
    const must =
      age >= LONGEST_REQUEST_MS ||
      connection.requestBytes >= Math.min(requestBytes, this.#size.bytes);
    const isLarge = connection.requestBytes >= LARGE_REQUEST_BYTES;
    const may =
      age >= (isLarge ? LARGE_REQUEST_MS : PREFERRED_REQUEST_MS) ||
      connection.requestBytes >= PREFERRED_REQUEST_BYTES;
    if (must || (may && this.#pool.free(now) !== undefined)) this.#end(connection, now);
  }

  #end(connection: Connection, now: number): void {
    if (connection === this.#open) this.#open = undefined;
    connection.write(LAST_CHUNK, 0, LAST_CHUNK.length);
    this.#awaitAnswer(connection, now);
  }

  #awaitAnswer(connection: Connection, now: number): void {
    // The write may have found that the connection is gone.
    if (connection.phase === 'open') this.#pool.awaitAnswer(connection, now);
  }
}

/** An answer to a request that has not ended says nothing about the lines that were on their way. */
const TOO_EARLY = { kind: 'retryable', reason: 'answered before the request ended' } as const;

function addTo(spans: Span[], span: Span): void {
  const last = spans[spans.length - 1];
  if (last?.block === span.block && last.to === span.from) {
    last.to = span.to;
    last.bytes += span.bytes;
  } else spans.push(span);
}
