/**
 * The write-through sender: hands each line to the kernel before the logging call returns. So the line leaves the machine even
 * if the process is killed right after. Works over http and over TLS 1.3.
 *
 * No line is written after an unread answer: the kernel would drop it when the process dies. So each connection has at most one
 * request. A lone line is a complete request if another connection is free. Lines that follow closely are chunks of one open
 * request on another connection; `request-rule` says when it ends.
 */
import { Alarm } from '../../process/alarm.ts';
import { attempt, guarded } from '../../process/guard.ts';
import { type Clock, nodeClock } from '../../process/timers.ts';
import { Waiters } from '../../process/waiters.ts';
import { withoutCredentials } from '../../process/without-secrets.ts';
import type { BlockRange } from '../block.ts';
import { type Outcome, outcomeOfAnswer } from '../outcome.ts';
import {
  connectTimeout,
  type Sender,
  type SenderHost,
  type SenderSettings,
  type WithoutLoop,
} from '../sender.ts';
import type { Answer } from './answer.ts';
import type { Connection, ConnectionEvent } from './connection.ts';
import type { Newer } from './doubt.ts';
import { Framing, LAST_CHUNK } from './framing.ts';
import { ConnectionPool } from './pool.ts';
import {
  afterAnswer,
  afterFailure,
  endOf,
  endOfPause,
  FIRST_SIZE,
  isCautious,
  MIN_AGE_MS,
  type Others,
  PAUSE_MS,
  SLOW_AFTER_MS,
} from './request-rule.ts';
import { compareSilent } from './silence.ts';

/** Bytes per system call when there is a backlog. */
const WRITE_BYTES = 64 * 1024;
/** Unlike a connection, an attempt to connect keeps the event loop alive, so it must not last long. */
const CONNECT_TIMEOUT_MS = 1_000;
/** With a TLS handshake. On a busy or slow processor it takes seconds. */
const TLS_TIMEOUT_MS = 10_000;
/** Longest wait for session tickets that no answer follows. If they lay unread at the end of the process, lines would be lost. */
const TICKETS_WITHIN_MS = 50;
const CANCELLED = { kind: 'cancelled' } as const;
/** An answer to a request that has not ended says nothing about the lines that were on their way. */
const TOO_EARLY = { kind: 'retryable', reason: 'answered before the request ended' } as const;

/** Sends through plain file descriptors. */
export class WriteThroughSender implements Sender {
  readonly #host: SenderHost;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #unsupported: (reason: string) => void;
  readonly #clock: Clock;
  readonly #framing: Framing;
  readonly #alarm: Alarm;
  readonly #pool: ConnectionPool;
  /** Callers that wait for the first connections. */
  readonly #starting: Waiters;
  #size = FIRST_SIZE;
  /** The connection with the open request. */
  #open: Connection | undefined;
  #lastLineAt = Number.NEGATIVE_INFINITY;
  /** When a request last ended after a short pause. */
  #shortPauseAt = Number.NEGATIVE_INFINITY;
  #failedAt = Number.NEGATIVE_INFINITY;
  /** True when the server has answered a request before its end. Then each request is sent whole, so that its answer counts. */
  #answersEarly = false;
  #isClosing = false;
  /** True while a process that exits is flushed. */
  #isLastChance = false;
  /** While an event is handled, no lines are sent. */
  #isHandling = false;
  #flushAfter: 'flush' | undefined;

  /** @param unsupported Called with the reason when this platform, or the server over TLS, does not offer what is needed. */
  constructor(
    settings: SenderSettings,
    host: SenderHost,
    unsupported: (reason: string) => void,
    clock: Clock = nodeClock,
  ) {
    const { endpoint, headers } = settings;
    this.#host = host;
    this.#headers = headers;
    this.#unsupported = unsupported;
    this.#clock = clock;
    this.#starting = new Waiters(clock.timers);
    this.#framing = new Framing(endpoint, headers);
    // What we throw fails the connections, whose lines go back to the queue.
    const fail = (error: unknown) => this.#pool.fail(String(error));
    const tick = guarded(() => this.#tick(), fail);
    this.#alarm = new Alarm(clock, tick);
    const maxMs = endpoint.protocol === 'https:' ? TLS_TIMEOUT_MS : CONNECT_TIMEOUT_MS;
    this.#pool = new ConnectionPool({
      ...settings,
      connectTimeoutMs: connectTimeout(settings, maxMs),
      emptyRequest: this.#framing.empty,
      clock,
      alarm: this.#alarm,
      listener: (connection, event) => this.#happened(connection, event),
      gotNoAnswer: (reason) => this.#failed([], reason),
      gaveUp: (ranges) => {
        this.#host.settle(ranges, CANCELLED);
        // Their answer is wanted soon.
        this.pump(clock.steady(), 'flush');
      },
      mayConnect: () => !this.#isClosing && !host.retry.state.isBackingOff,
    });
  }

  async ready(timeoutMs: number): Promise<void> {
    const isHopeless = this.#isClosing || this.#host.retry.state.isBackingOff;
    if (isHopeless || this.#pool.isReady) return;
    this.#pool.start(timeoutMs > 0);
    // Meanwhile a timer keeps the event loop alive: the sockets never do.
    if (timeoutMs === 0 || (await this.#starting.wait(0, timeoutMs))) return;
    // On a busy machine the time may be up although the connection is there: the loop handles it after the timers.
    await new Promise(setImmediate);
    if (!this.#pool.isReady) await new Promise(setImmediate);
  }

  pump(now: number, flush?: 'flush'): void {
    if (this.#isHandling) {
      this.#flushAfter ??= flush;
      return;
    }
    // While a request is open, its alarm looks for missing connections.
    if (this.#open === undefined && this.#pool.isShort) this.#pool.want(now);
    if (this.#host.retry.state.isHalfOpen) this.#pool.look(now);
    this.#sendLines(now);
    const ends = flush ?? this.#flushAfter;
    this.#flushAfter = undefined;
    if (ends && this.#open !== undefined) this.#end(this.#open, now);
  }

  #sendLines(now: number): void {
    const host = this.#host;
    const sinceLastMs = now - this.#lastLineAt;
    for (let { lines } = host; lines > 0; lines = host.lines) {
      // An answer that this finds may begin a request.
      const free = this.#open === undefined ? this.#free(now) : undefined;
      const connection = this.#open ?? free;
      if (connection === undefined) {
        this.#pool.want(now);
        return;
      }
      if (connection.descriptor.stalled && !this.#pool.makeRoom(connection, now)) {
        this.#endIfComplete(connection, now);
        if (this.#open === connection) return;
        continue;
      }
      // The attempt to drain it may have closed it.
      if (connection.phase === 'closed') continue;
      this.#lastLineAt = now;
      const sent =
        connection === this.#open
          ? this.#goOn(connection, sinceLastMs, now)
          : this.#begin(connection, sinceLastMs >= PAUSE_MS, now);
      // Usually that was the one line that has just come.
      if (sent === lines) return;
    }
  }

  get withoutLoop(): WithoutLoop {
    return {
      pump: (now) => this.#pumpWithoutLoop(now),
      untakenLines: this.#pool.untakenLines,
      isSilent: this.#pool.isSilent,
      answeredElsewhere: (since, newer) => this.#compare(since, newer),
    };
  }

  suspect(until: number, where?: 'without loop'): boolean {
    return this.#pool.suspect(until, where);
  }

  close(): void {
    this.#isClosing = true;
    this.#alarm.stop();
    this.#pool.close();
    this.#tellReady();
  }

  #pumpWithoutLoop(now: number): boolean {
    const canGoOn = this.#pool.prepareWithoutLoop(this.#host.lines > 0);
    if (canGoOn) {
      this.#isLastChance = true;
      this.pump(now, 'flush');
      this.#isLastChance = false;
    }
    this.#pool.poll();
    return canGoOn;
  }

  /** What follows from one event (others are ended, too) is done before lines are sent: so they stay in order. */
  #happened(connection: Connection, event: ConnectionEvent): void {
    const isNested = this.#isHandling;
    this.#isHandling = true;
    try {
      if (event.kind === 'connected') this.#connected(connection);
      else if (event.kind === 'answered') this.#answered(connection, event.answer);
      else this.#closed(connection, event.reason);
    } finally {
      this.#isHandling = isNested;
    }
    if (this.#isClosing) return;
    const now = this.#clock.steady();
    this.pump(now);
    // Another connection may be idle now.
    this.#endAfterPause(now);
    this.#wakeForPause(now);
  }

  #connected(connection: Connection): void {
    this.#host.connection('made', connection.how);
    this.#pool.connected(connection);
    if (this.#pool.isReady) this.#tellReady();
    // Where each connection ends with its first answer, none is waited for. Session tickets come in a moment.
    if (this.#pool.keepsConnections || this.#starting.count === 0) return;
    this.#clock.timers
      .start(
        guarded(() => this.#tellReady()),
        TICKETS_WITHIN_MS,
      )
      .unref();
  }

  #answered(connection: Connection, answer: Answer): void {
    const { request, since, phase, descriptor } = connection;
    const { bytes } = request;
    if (this.#open === connection) this.#open = undefined;
    const ranges = request.takeAll();
    const isWhole = phase === 'awaiting' && !descriptor.stalled;
    let outcome: Outcome = CANCELLED;
    let stays = false;
    try {
      stays = this.#pool.answered(connection, isWhole, answer.reusable);
      // What could show a credential is rather not shown.
      const hide = () => withoutCredentials(answer.text, this.#headers);
      const text = answer.text && (attempt(hide) ?? '');
      const { status, retryAfter, date } = answer;
      outcome = outcomeOfAnswer(status, retryAfter, text, this.#clock.wall(), date);
      if (outcome.kind === 'delivered') {
        if (isWhole) this.#size = afterAnswer(this.#size, bytes, connection.since - since);
        else {
          this.#answersEarly = true;
          outcome = TOO_EARLY;
        }
      }
    } finally {
      this.#host.settle(ranges, outcome);
    }
    // How fast a server refuses says nothing about how fast it stores.
    const ms = connection.since - since - connection.latencyMs;
    if (outcome.kind === 'delivered') this.#compare(since, { bytes, ms });
    if (!stays) connection.end();
    if (this.#pool.isReady || this.#host.retry.state.isBackingOff) this.#tellReady();
    this.#pool.renew(this.#clock.steady());
  }

  /** What silent connections hold is sent again as far as newer answers show that they are dead. */
  #compare(since: number, newer: Newer): void {
    if (this.#pool.silent > 0)
      this.#alarm.set(compareSilent(this.#pool, since, newer, this.#clock.steady()));
  }

  #closed(connection: Connection, reason: string): void {
    if (this.#open === connection) this.#open = undefined;
    const ranges = connection.request.takeAll();
    const { untaken, since } = connection;
    const how = this.#pool.closed(connection, ranges.length > 0);
    // Requests that were in flight when another one failed fail with it.
    if (connection.endedByUs || (ranges.length > 0 && since <= this.#failedAt)) {
      if (ranges.length > 0) this.#host.settle(ranges, { kind: 'cancelled', untaken });
    } else if (connection.unsupported !== undefined) {
      this.#tellReady();
      this.#unsupported(connection.unsupported);
      return;
    } else if (how === 'lost') this.#host.connection('lost', reason);
    // A server that is being stopped takes no connections, and waits for the open request.
    else if (how === 'not added') this.#flushAfter = 'flush';
    else if (ranges.length > 0 || how === 'failed') {
      if (connection.wasConnected) this.#failed(ranges, reason, untaken);
      else {
        this.#size = afterFailure(this.#size);
        this.#host.connection('failed', reason);
      }
    }
    if (!connection.used) this.#tellReady();
    // A connection that was in use is replaced at once. One that was never made is not, since the host backs off.
    this.#pool.connect();
  }

  #failed(ranges: readonly BlockRange[], reason: string, untaken = 0): void {
    this.#failedAt = this.#clock.steady();
    // If another connection is idle, a broken one says nothing about the server.
    if (ranges.length === 0 || this.#pool.youngest(this.#clock.steady()) === undefined)
      this.#size = afterFailure(this.#size);
    this.#host.settle(ranges, { kind: 'retryable', reason, contactLost: true, untaken });
  }

  #tellReady(): void {
    this.#pool.isStarting = false;
    this.#starting.tell(() => true);
  }

  #tick(): void {
    // Timers run before anything is read that came while the event loop was blocked.
    this.#pool.poll();
    if (this.#open !== undefined && this.#clock.steady() >= this.#endOfPause('idle')) {
      // A connection that is there at once: the program may block the event loop right after this tick.
      this.#pool.connect('now');
      this.#pool.poll();
    }
    const now = this.#clock.steady();
    this.#endAfterPause(now);
    if (this.#open !== undefined) this.#endIfComplete(this.#open, now);
    this.#pool.tend(now);
    this.pump(now);
    this.#wakeForPause(now);
  }

  #endAfterPause(now: number): void {
    const open = this.#open;
    if (open === undefined || now < this.#endOfPause(this.#others(open, now))) return;
    if (now < this.#lastLineAt + PAUSE_MS) this.#shortPauseAt = now;
    this.pump(now, 'flush');
  }

  #wakeForPause(now: number): void {
    const open = this.#open;
    if (open === undefined) return;
    const endsAt = this.#endOfPause('idle');
    const latestAt = this.#endOfPause(this.#others(open, now));
    this.#alarm.set(endsAt > now ? endsAt : Math.max(latestAt, now + 1));
  }

  #endOfPause(others: Others): number {
    return endOfPause(this.#lastLineAt, this.#shortPauseAt, others);
  }

  #others(beside: Connection, now: number): Others {
    if (this.#hasNext(beside)) return 'idle';
    return this.#pool.awaitsSince(now - SLOW_AFTER_MS) ? 'slow' : 'busy';
  }

  /** Whether a line could begin another request beside this one. If not, this one must also take the lines that follow. */
  #hasNext(beside: Connection): boolean {
    return this.#room() > 0 && this.#pool.hasIdle(beside);
  }

  #free(now: number): Connection | undefined {
    if (this.#room() <= 0) this.#pool.look(now);
    return this.#room() > 0 ? this.#pool.free(now) : undefined;
  }

  /** Bytes that another request may hold, or this one in all. What an exiting process does not send is lost. */
  #room(beside?: Connection): number {
    const size = this.#isLastChance ? FIRST_SIZE : this.#size;
    if (!isCautious(size)) return size.bytes;
    return size.bytes - this.#pool.bytesInFlight + (beside?.request.bytes ?? 0);
  }

  /** Bytes that the request on this connection may hold: what the server accepts, and what it takes in half a second. */
  #maxBytes(connection: Connection): number {
    return Math.min(this.#host.retry.state.requestBytes, this.#room(connection));
  }

  /** Sends lines in the open request. Returns their number. */
  #goOn(connection: Connection, sinceLastMs: number, now: number): number {
    const maxBytes = this.#maxBytes(connection);
    const range = this.#host.take(Math.min(WRITE_BYTES, maxBytes));
    if (range === undefined) return 0;
    const { block, from, to } = range;
    const { request, descriptor } = connection;
    request.add(range);
    descriptor.gather(sinceLastMs);
    connection.output.write(block.buffer, block.startOf(from), block.endOf(to - 1));
    // The alarm was set when the request began. Another line can only delay the end.
    if (now - connection.since >= MIN_AGE_MS || request.bytes >= maxBytes)
      this.#endIfComplete(connection, now);
    return to - from;
  }

  /** Sends lines in a new request. Returns their number. */
  #begin(connection: Connection, isLone: boolean, now: number): number {
    const range = this.#host.take(Math.min(WRITE_BYTES, this.#maxBytes(connection)));
    if (range === undefined) return 0;
    const { descriptor, request } = connection;
    const sent = range.to - range.from;
    request.add(range);
    connection.since = now;
    const { lines, retry } = this.#host;
    const isAlone = isLone && lines === 0 && this.#hasNext(connection);
    const isWhole = retry.state.isHalfOpen || this.#answersEarly || isAlone;
    const framing = this.#framing;
    const bytes = framing.begin(range, isWhole);
    connection.phase = 'open';
    if (!isWhole) this.#open = connection;
    connection.output.write(framing.buffer, 0, bytes);
    if (descriptor.stalled) framing.leaveBuffer();
    if (isWhole) this.#pool.awaitAnswer(connection, now);
    else {
      this.#endIfComplete(connection, now);
      this.#wakeForPause(now);
    }
    this.#pool.want(now);
    return sent;
  }

  #endIfComplete(connection: Connection, now: number): void {
    if (connection !== this.#open) return;
    const end = endOf(connection.request, now - connection.since, this.#maxBytes(connection));
    // The program may go on without the event loop, and a short one has made only one connection.
    if (end === 'beside another' && this.#pool.isShort) this.#pool.connect('now');
    const ends =
      end === 'now' ||
      (end !== 'later' && this.#free(now) !== undefined) ||
      (end === 'unless slow' && this.#others(connection, now) !== 'slow');
    if (ends && connection === this.#open) this.#end(connection, now);
  }

  #end(connection: Connection, now: number): void {
    this.#open = undefined;
    connection.descriptor.leave();
    connection.output.write(LAST_CHUNK, 0, LAST_CHUNK.length);
    this.#pool.awaitAnswer(connection, now);
  }
}
