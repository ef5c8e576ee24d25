/**
 * The write-through sender: over plain http each line is in the kernel's hands before the logging call returns, so that
 * it leaves the machine even if the process is killed in the next instruction.
 *
 * Two traps decide the framing. No line may be written behind an unread answer (the kernel would drop it when the
 * process dies), and no request may stay open while idle (the server's graceful stop would fail and lose rows of others).
 * So a lone line is a complete request, if another connection is free; lines that follow closely are chunks of one open
 * request on another connection, which is ended after a pause, after a second if another connection is free, and after
 * three in any case.
 */
import { isIP } from 'node:net';
import { nodeTimers, steadyClock, wallClock } from '../../process/timers.ts';
import type { Endpoint } from '../endpoint.ts';
import { outcomeOfAnswer } from '../outcome.ts';
import { connectTimeout, type Sender, type SenderHost, type SenderSettings } from '../sender.ts';
import { type Span, sizeOf } from '../span.ts';
import type { Answer } from './answer.ts';
import { Connection, type ConnectionListener, NO_DESCRIPTOR } from './connection.ts';
import { Framing, LAST_CHUNK } from './framing.ts';

/**
 * A line is alone when none came in this time before it; an open request ends after a pause of the same length at the
 * latest. From ten lines a second on they share requests, of which each costs the server some 150 µs (bench/delivery.ts).
 */
const PAUSE_MS = 100;
/** A request ends after this pause if that makes few requests: then none is open when the process is frozen or blocked. */
const SHORT_PAUSE_MS = 5;
const FEW_REQUESTS = { everyMs: 1_000 } as const;
/** The same for a request of many lines, in which a line costs the server some 10 µs. */
const FEW_LARGE_REQUESTS = { everyMs: 100, records: 20 } as const;
const PREFERRED_REQUEST_MS = 1_000;
const LONGEST_REQUEST_MS = 3_000;
const PREFERRED_REQUEST_BYTES = 2 * 1024 * 1024;
const LARGEST_REQUEST_BYTES = 12 * 1024 * 1024;
/** Lines per system call when there is a backlog. */
const WRITE_BYTES = 64 * 1024;
/** More lines than this are not held. */
const HELD_RECORDS = 256;
const FEWEST_CONNECTIONS = 2;
const MOST_CONNECTIONS = 4;
/** Well below the minute after which the server itself gives up a queued request, answering 200 and losing it. */
const ANSWER_TIMEOUT_MS = 10_000;
/** VictoriaLogs closes a connection that was idle for 60 s; behind a frozen process it may be gone without a sign. */
const STALE_AFTER_MS = 55_000;
/** The server closes a connection on which nothing was ever sent after 5 s. */
const UNUSED_AT_MOST_MS = 2_000;
/** How soon a full connection is tried again; trying without a pause would fight the server for the processor. */
const STALLED_RETRY_MS = 1;
const POLL_EVERY_MS = 1;
/** An attempt to connect keeps the event loop alive, unlike a connection, so it must not last: no longer than an exit may. */
const CONNECT_TIMEOUT_MS = 1_000;

/** An answer to a request that has not ended says nothing about the lines that were on their way. */
const TOO_EARLY = { kind: 'retryable', reason: 'answered before the request ended' } as const;

/** Called when this platform turns out not to offer what the sender needs. */
export type Unsupported = () => void;

/** Sends through plain descriptors. */
export class WriteThroughSender implements Sender, ConnectionListener {
  readonly needsLoop = false;
  readonly #endpoint: Endpoint;
  readonly #framing: Framing;
  readonly #host: SenderHost;
  readonly #holdMs: number;
  readonly #connectTimeoutMs: number;
  readonly #unsupported: Unsupported;
  readonly #connections: Connection[] = [];
  /** Of a server that is named by its address: then a connection takes no event loop. */
  readonly #address: string | undefined;
  #open: Connection | undefined;
  #lastLineAt = Number.NEGATIVE_INFINITY;
  #lastShortPauseAt = Number.NEGATIVE_INFINITY;
  #lastStalledAt = 0;
  #heldSince = Number.NEGATIVE_INFINITY;
  #finishing = false;
  /** False while the server closes every connection that it has answered on. */
  #keepsConnections = true;
  #polledAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerAt = Number.POSITIVE_INFINITY;
  #closing = false;
  /** Where a server that has a name was found last, for an exiting process, which cannot look it up any more. */
  #lastAddress: string | undefined;
  #whenReady: Array<() => void> = [];

  constructor(settings: SenderSettings, host: SenderHost, unsupported: Unsupported) {
    const { endpoint, headers } = settings;
    this.#endpoint = endpoint;
    this.#address = isIP(endpoint.hostname) === 0 ? undefined : endpoint.hostname;
    this.#framing = new Framing(endpoint, headers);
    this.#holdMs = settings.holdMs;
    this.#connectTimeoutMs = connectTimeout(settings, CONNECT_TIMEOUT_MS);
    this.#host = host;
    this.#unsupported = unsupported;
  }

  ready(timeoutMs: number): Promise<void> {
    const now = steadyClock();
    for (let count = 0; count < FEWEST_CONNECTIONS; count++) this.#connect(now, 'next tick');
    return new Promise((resolve) => {
      // This timer is what keeps the loop alive meanwhile: the sockets never do.
      const timer = nodeTimers.start(() => {
        // On a busy machine the time may be up although the connection is there: it has its turn after the timers.
        setImmediate(() => setImmediate(resolve));
      }, timeoutMs);
      this.#whenReady.push(() => {
        nodeTimers.stop(timer);
        resolve();
      });
    });
  }

  pump(now: number): void {
    if (this.#connections.length < FEWEST_CONNECTIONS) this.#wantConnection(now);
    const lone = now - this.#lastLineAt >= PAUSE_MS;
    if (this.#holds(now)) return;
    if (this.#host.onTrial()) this.#look(now);
    while (this.#host.available() > 0) {
      const connection = this.#open ?? this.#free(now);
      if (connection === undefined) {
        this.#wantConnection(now);
        return;
      }
      if (connection.stalled && !this.#drain(connection, now)) return;
      if (connection.phase === 'closed') continue;
      this.#lastLineAt = now;
      if (!this.#send(connection, lone, now)) return;
    }
  }

  finish(): void {
    this.#finishing = true;
    this.pump(steadyClock());
    this.#finishing = false;
    if (this.#open !== undefined) this.#end(this.#open, steadyClock());
  }

  pumpSync(now: number): boolean | undefined {
    if (!this.#connections.some(worksWithoutLoop)) {
      const address = this.#address ?? this.#lastAddress;
      if (address === undefined) return undefined;
      this.#lastAddress = undefined;
      this.#connections.push(new Connection(this.#endpoint, address, this, now));
    }
    this.pump(now);
    this.finish();
    for (const connection of [...this.#connections]) connection.drain();
    return this.#poll();
  }

  close(): void {
    this.#closing = true;
    nodeTimers.stop(this.#timer);
    for (const connection of [...this.#connections]) connection.destroy('closed');
    this.#tellReady();
  }

  connected(connection: Connection): void {
    if (this.#address === undefined) this.#lastAddress = connection.remoteAddress;
    this.#host.reachable();
    this.#prime(steadyClock());
    this.pump(steadyClock());
  }

  answered(connection: Connection, answer: Answer): void {
    const now = steadyClock();
    const ended = connection.phase === 'awaiting' && !connection.stalled;
    const { spans } = connection;
    connection.spans = [];
    connection.requestBytes = 0;
    connection.used = true;
    connection.since = now;
    connection.idleSince = wallClock();
    if (connection === this.#open) this.#open = undefined;
    this.#keepsConnections = answer.reusable;
    if (ended && answer.reusable) connection.phase = 'idle';
    else connection.destroy('the server asked for it');
    const outcome = outcomeOfAnswer(answer.status, answer.retryAfter, answer.text, wallClock());
    this.#host.settle(spans, ended || outcome.kind !== 'delivered' ? outcome : TOO_EARLY);
    const idle = this.#connections.filter(({ phase }) => phase === 'idle');
    if (idle.length >= FEWEST_CONNECTIONS || !answer.reusable) this.#tellReady();
    this.#prime(now);
    this.pump(now);
  }

  closed(connection: Connection, reason: string): void {
    const at = this.#connections.indexOf(connection);
    if (at >= 0) this.#connections.splice(at, 1);
    if (connection === this.#open) this.#open = undefined;
    const { spans } = connection;
    connection.spans = [];
    if (this.#closing || spans.length > 0) {
      this.#host.settle(spans, { kind: 'retryable', reason, contactLost: !this.#closing });
    }
    if (this.#closing) return;
    if (reason === NO_DESCRIPTOR) {
      this.#tellReady();
      this.#unsupported();
      return;
    }
    // A connection that was in use is replaced at once; one that never came about is not tried again at once.
    if (!connection.used && spans.length === 0) {
      if (connection.wasThere)
        this.#host.settle([], { kind: 'retryable', reason, contactLost: true });
      else this.#host.unreachable(reason);
      this.#tellReady();
    }
    this.#connect(steadyClock());
    this.pump(steadyClock());
  }

  /** In a burst, lines may wait for each other to save system calls; what waits is lost when the process is killed. */
  #holds(now: number): boolean {
    if (this.#holdMs === 0 || this.#open === undefined || this.#finishing) return false;
    if (this.#host.available() === 0 || this.#host.available() >= HELD_RECORDS) return false;
    this.#lastLineAt = now;
    if (this.#heldSince < this.#open.since) this.#heldSince = now;
    if (now - this.#heldSince >= this.#holdMs) {
      this.#heldSince = Number.NEGATIVE_INFINITY;
      return false;
    }
    this.#wake(this.#heldSince + this.#holdMs);
    return true;
  }

  /** Writes the next lines; false when there are none after all. */
  #send(connection: Connection, lone: boolean, now: number): boolean {
    const span = this.#host.take(Math.min(WRITE_BYTES, this.#host.largestRequestBytes));
    if (span === undefined) return false;
    const framing = this.#framing;
    addTo(connection.spans, span);
    connection.requestBytes += sizeOf(span);
    if (connection.phase === 'open') {
      const length = framing.more(span);
      connection.write(framing.buffer, length);
      this.#wake(now + this.#pauseMs(connection, now));
      this.#endIfDue(connection, now);
      return true;
    }
    connection.since = now;
    // With no other connection free, this one has to serve the lines that may follow, too.
    const isWhole = lone && this.#host.available() === 0 && this.#hasIdle(connection);
    if (isWhole || this.#host.onTrial()) {
      connection.phase = 'awaiting';
      const length = framing.whole(span);
      connection.write(framing.buffer, length);
      this.#wake(now + ANSWER_TIMEOUT_MS);
    } else {
      connection.phase = 'open';
      this.#open = connection;
      const length = framing.open(span);
      connection.write(framing.buffer, length);
      this.#wake(now + this.#pauseMs(connection, now));
      this.#endIfDue(connection, now);
    }
    this.#wantConnection(now);
    return true;
  }

  #pauseMs({ spans }: Connection, now: number): number {
    const sinceMs = now - this.#lastShortPauseAt;
    const isShort =
      sinceMs >= FEW_REQUESTS.everyMs ||
      (sinceMs >= FEW_LARGE_REQUESTS.everyMs && recordsOf(spans) >= FEW_LARGE_REQUESTS.records);
    return isShort ? SHORT_PAUSE_MS : PAUSE_MS;
  }

  #endIfDue(connection: Connection, now: number): void {
    if (connection.phase !== 'open') return;
    const age = now - connection.since;
    const must =
      age >= LONGEST_REQUEST_MS ||
      connection.requestBytes >= Math.min(LARGEST_REQUEST_BYTES, this.#host.largestRequestBytes);
    const may = age >= PREFERRED_REQUEST_MS || connection.requestBytes >= PREFERRED_REQUEST_BYTES;
    if (must || (may && this.#free(now) !== undefined)) this.#end(connection, now);
  }

  #end(connection: Connection, now: number): void {
    connection.phase = 'awaiting';
    connection.since = now;
    if (connection === this.#open) this.#open = undefined;
    connection.write(LAST_CHUNK);
    this.#wake(now + (connection.stalled ? STALLED_RETRY_MS : ANSWER_TIMEOUT_MS));
  }

  /** A connection for a new request. */
  #free(now: number): Connection | undefined {
    const idle = this.#idle(now);
    if (idle !== undefined) return idle;
    this.#look(now);
    return this.#idle(now);
  }

  #idle(now: number): Connection | undefined {
    // What was used last is the least likely to be closed by the server at this moment.
    const idle = this.#connections.filter(({ phase }) => phase === 'idle');
    for (const connection of idle.sort((a, b) => b.since - a.since)) {
      if (this.#isStale(connection, now)) connection.destroy('idle for too long');
      else connection.poll();
      if (connection.phase === 'idle') return connection;
    }
    return undefined;
  }

  /** Looks for answers and new connections, since with a blocked event loop nobody else does. */
  #look(now: number): void {
    // Each look that finds nothing costs an exception; a server that hangs must not cost that for every line.
    if (now - this.#polledAt < POLL_EVERY_MS) return;
    this.#polledAt = now;
    this.#poll();
  }

  /** True when something was new. */
  #poll(): boolean {
    let isNews = false;
    for (const connection of [...this.#connections]) {
      const waits = connection.phase === 'awaiting' || connection.phase === 'connecting';
      if (waits && connection.poll()) isNews = true;
    }
    return isNews;
  }

  /** A machine that was frozen may have stopped the steady clock, so the other one is asked, too. */
  #isStale({ since, idleSince }: Connection, now: number): boolean {
    return now - since >= STALE_AFTER_MS || wallClock() - idleSince >= STALE_AFTER_MS;
  }

  #drain(connection: Connection, now: number): boolean {
    if (now - this.#lastStalledAt >= STALLED_RETRY_MS) {
      this.#lastStalledAt = now;
      if (connection.drain()) return true;
    }
    this.#wake(now + STALLED_RETRY_MS);
    return false;
  }

  #hasIdle(beside: Connection): boolean {
    return this.#connections.some((other) => other !== beside && other.phase === 'idle');
  }

  /** A further connection is made a moment later: an attempt to connect in `beforeExit` would have Node emit it again. */
  #wantConnection(now: number): void {
    if (this.#connections.length === 0) this.#connect(now);
    else if (this.#connections.length < MOST_CONNECTIONS) this.#wake(now + 1);
  }

  /** Keeps two connections, and one more than are busy, up to four. */
  #connect(now: number, begin?: 'now' | 'next tick'): void {
    const free = this.#connections.some(({ phase }) => phase === 'idle' || phase === 'connecting');
    if (free && this.#connections.length >= FEWEST_CONNECTIONS) return;
    this.#connectOneMore(now, begin);
  }

  #connectOneMore(now: number, begin?: 'now' | 'next tick'): void {
    if (this.#closing || this.#host.held()) return;
    if (this.#connections.length >= MOST_CONNECTIONS) return;
    if (this.#connections.filter(({ phase }) => phase === 'connecting').length >= 2) return;
    this.#connections.push(new Connection(this.#endpoint, this.#address, this, now, begin));
    this.#wake(now + this.#connectTimeoutMs);
  }

  /**
   * Sends an empty request on a connection that was never used: it takes the connection past the server's five seconds,
   * spares a stopping server the same wait, and shows a refusal early. Two others are free for lines meanwhile; at the
   * start, which is waited for, one. Where no connection lasts longer than a request, there is no hurry.
   */
  #prime(now: number): void {
    const idle = this.#connections.filter(({ phase }) => phase === 'idle');
    for (const unused of idle.filter(({ used }) => !used)) {
      const starting = this.#whenReady.length > 0;
      const free = this.#connections.filter(({ phase }) => phase === 'idle').length - 1;
      const late = now - unused.since >= UNUSED_AT_MOST_MS;
      const enoughFree = free >= (starting ? 1 : FEWEST_CONNECTIONS);
      if (late || (enoughFree && this.#keepsConnections)) {
        unused.phase = 'awaiting';
        unused.since = now;
        const length = this.#framing.empty();
        unused.write(this.#framing.buffer, length);
        this.#wake(now + ANSWER_TIMEOUT_MS);
      } else {
        if (this.#connections.length <= FEWEST_CONNECTIONS) {
          // Who waits for the start lets the loop turn; later a blocked one may have to do without it.
          this.#connectOneMore(now, starting ? 'next tick' : 'now');
        }
        this.#wake(unused.since + UNUSED_AT_MOST_MS);
      }
    }
  }

  #tellReady(): void {
    for (const tell of this.#whenReady.splice(0)) tell();
  }

  #wake(at: number): void {
    if (at >= this.#timerAt || this.#closing) return;
    nodeTimers.stop(this.#timer);
    this.#timerAt = at;
    this.#timer = nodeTimers.start(() => this.#tick(steadyClock()), at - steadyClock());
    this.#timer.unref();
  }

  #tick(now: number): void {
    this.#timerAt = Number.POSITIVE_INFINITY;
    for (const connection of [...this.#connections]) {
      if (connection.stalled && !connection.drain()) this.#wake(now + STALLED_RETRY_MS);
      this.#giveUpIfLate(connection, now);
    }
    const open = this.#open;
    if (open !== undefined) {
      const pauseMs = this.#pauseMs(open, now);
      if (now - this.#lastLineAt >= pauseMs) {
        if (pauseMs === SHORT_PAUSE_MS) this.#lastShortPauseAt = now;
        this.finish();
      } else this.#endIfDue(open, now);
      if (this.#open !== undefined) this.#wake(Math.max(this.#lastLineAt + pauseMs, now + 1));
    }
    this.#connect(now, 'next tick');
    this.#prime(now);
    this.pump(now);
  }

  #giveUpIfLate(connection: Connection, now: number): void {
    const { phase, since } = connection;
    if (phase !== 'connecting' && phase !== 'awaiting') return;
    const timeoutMs = phase === 'connecting' ? this.#connectTimeoutMs : ANSWER_TIMEOUT_MS;
    if (now < since + timeoutMs) this.#wake(since + timeoutMs);
    else {
      const what = phase === 'connecting' ? 'connection' : 'answer';
      if (phase === 'awaiting') this.#closeOlderThan(connection);
      connection.destroy(`no ${what} within ${timeoutMs} ms`);
    }
  }

  /** A peer that has vanished without a sign is gone from the connections that have been idle since then, too. */
  #closeOlderThan({ since }: Connection): void {
    const older = this.#connections.filter(
      (other) => other.phase === 'idle' && other.used && other.since < since,
    );
    for (const connection of older) connection.destroy('another one got no answer');
  }
}

function worksWithoutLoop({ phase, connectsWithoutLoop }: Connection): boolean {
  return phase !== 'connecting' || connectsWithoutLoop;
}

function recordsOf(spans: readonly Span[]): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0);
}

function addTo(spans: Span[], span: Span): void {
  const last = spans[spans.length - 1];
  if (last?.slab === span.slab && last.to === span.from) {
    spans[spans.length - 1] = { slab: span.slab, from: last.from, to: span.to };
  } else {
    spans.push(span);
  }
}
