/**
 * The write-through sender: hands each line to the kernel before the logging call returns. So the line leaves the machine even
 * if the process is killed right after. Works over http and over TLS 1.3.
 *
 * No line is written after an unread answer: the kernel would drop it when the process dies. So each connection has at most one
 * request. A lone line is a complete request if another connection is free. Lines that follow closely are chunks of one open
 * request on another connection; `request-rule` says when it ends.
 */
import { Alarm } from '../../process/alarm.ts';
import { guarded } from '../../process/guard.ts';
import { type Clock, nodeClock } from '../../process/timers.ts';
import type { BlockRange } from '../block.ts';
import { outcomeOfAnswer } from '../judge-answer.ts';
import type { Outcome } from '../outcome.ts';
import { endOf, MIN_AGE_MS, type Others, PAUSE_MS, Pause, SLOW_AFTER_MS } from '../request-rule.ts';
import {
  CONNECT_TIMEOUT_MS,
  connectTimeout,
  HANDSHAKE_TIMEOUT_MS,
  type Sender,
  type SenderHost,
  type SenderSettings,
  type WithoutLoop,
} from '../sender.ts';
import type { Answer } from './answer.ts';
import { beforeBlock } from './before-block.ts';
import type { Connection, ConnectionEvent } from './connection.ts';
import type { Newer } from './doubt.ts';
import { Framing, LAST_CHUNK } from './framing.ts';
import { ConnectionPool } from './pool.ts';
import { compareSilent } from './silence.ts';

/** Bytes per system call when there is a backlog. */
const WRITE_BYTES = 64 * 1024;
/** An answer to a request that has not ended says nothing about the lines that were on their way. */
const TOO_EARLY = { kind: 'retryable', reason: 'answered too early' } as const;

export class WriteThroughSender implements Sender {
  readonly #host: SenderHost;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #clock: Clock;
  readonly #framing: Framing;
  readonly #alarm: Alarm;
  readonly #pool: ConnectionPool;
  /** The connection with the open request. */
  #open: Connection | undefined;
  readonly #pause = new Pause();
  #failedAt = Number.NEGATIVE_INFINITY;
  /** True when the server has answered a request before its end. Then each request is sent whole, so that its answer counts. */
  #answersEarly = false;
  /** True while a process that exits is flushed. */
  #isLastChance = false;
  /** While an event is handled, no lines are sent. */
  #isHandling = false;
  #flushAfter: 'flush' | undefined;

  constructor(settings: SenderSettings, host: SenderHost, clock: Clock = nodeClock) {
    const { endpoint, headers } = settings;
    this.#host = host;
    this.#headers = headers;
    this.#clock = clock;
    this.#framing = new Framing(endpoint, headers);
    // What we throw fails the connections, whose lines go back to the queue.
    const tick = guarded(
      () => this.#tick(),
      (error) => this.#pool.fail(String(error)),
    );
    this.#alarm = new Alarm(clock, tick);
    this.#pool = new ConnectionPool({
      ...settings,
      connectTimeoutMs: connectTimeout(settings, CONNECT_TIMEOUT_MS),
      handshakeTimeoutMs: connectTimeout(settings, HANDSHAKE_TIMEOUT_MS),
      emptyRequest: this.#framing.empty,
      clock,
      alarm: this.#alarm,
      listener: (connection, event) => this.#happened(connection, event),
      retry: host.retry,
    });
  }

  ready(timeoutMs: number): Promise<void> {
    return this.#pool.ready(timeoutMs);
  }

  pump(now: number, flush?: 'flush'): void {
    if (this.#isHandling) {
      this.#flushAfter ??= flush;
      return;
    }
    // While a request is open, its alarm looks for missing connections.
    if (!this.#open && this.#pool.isShort) this.#pool.want(now);
    if (this.#host.retry.state.isHalfOpen) this.#poll(this.#pool.look(now));
    this.#sendLines(now);
    const ends = flush ?? this.#flushAfter;
    this.#flushAfter = undefined;
    if (ends) this.#end(now);
  }

  rest(): void {
    if (this.#open || this.#host.lines)
      beforeBlock(this, this.#pool, this.#host, () => this.#poll());
  }

  #sendLines(now: number): void {
    const host = this.#host;
    const sinceLastMs = now - this.#pause.lineAt;
    for (let { lines } = host; lines > 0; lines = host.lines) {
      // An answer that this finds may begin a request.
      const free = this.#open ? undefined : this.#free(now);
      const connection = this.#open ?? free;
      if (connection === undefined) {
        this.#want(now);
        return;
      }
      if (connection.descriptor.stalled && !this.#pool.makeRoom(connection, now)) {
        this.#endIfComplete(now);
        if (this.#open === connection) return;
        continue;
      }
      this.#pause.lineAt = now;
      const maxBytes = this.#maxBytes(connection);
      const range = host.take(Math.min(WRITE_BYTES, maxBytes - connection.request.bytes));
      if (range === undefined) return;
      const sent = range.to - range.from;
      connection.request.add(range);
      if (connection === this.#open) {
        connection.descriptor.gather(sinceLastMs);
        this.#goOn(connection, range, maxBytes, now);
      } else this.#begin(connection, range, sinceLastMs >= PAUSE_MS, now);
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

  suspect(until: number, where?: 'sync'): boolean {
    return this.#pool.suspect(until, where);
  }

  close(): void {
    this.#alarm.stop();
    this.#pool.close();
  }

  #pumpWithoutLoop(now: number): boolean {
    const canGoOn = this.#pool.prepareWithoutLoop(this.#host.lines > 0);
    if (canGoOn) {
      this.#isLastChance = true;
      this.pump(now, 'flush');
      this.#isLastChance = false;
    }
    this.#poll();
    return canGoOn;
  }

  /** An event can end other connections, too. Lines are sent only after all of that, so that they stay in order. */
  #happened(connection: Connection, event: ConnectionEvent): void {
    const isNested = this.#isHandling;
    this.#isHandling = true;
    if (event.kind !== 'connected' && this.#open === connection) this.#open = undefined;
    try {
      if (event.kind === 'connected') {
        this.#host.connection('made', connection.how);
        this.#pool.connected(connection);
      } else if (event.kind === 'answered') this.#answered(connection, event.answer);
      else this.#closed(connection, event.reason);
    } catch (error) {
      this.#host.current.isGone = true;
      throw error;
    } finally {
      this.#isHandling = isNested;
    }
    if (this.#pool.isClosed) return;
    const now = this.#clock.steady();
    this.pump(now);
    // Another connection may be idle now.
    this.#endAfterPause(now);
  }

  #answered(connection: Connection, answer: Answer): void {
    const { request, since, phase, descriptor } = connection;
    const { bytes } = request;
    const { untakenLines: untaken } = connection;
    const ranges = request.takeAll();
    const isWhole = phase === 'awaiting' && !descriptor.stalled;
    let outcome: Outcome = { kind: 'cancelled' };
    let stays = false;
    try {
      stays = this.#pool.answered(connection, isWhole, answer.reusable);
      outcome = outcomeOfAnswer(answer, this.#headers, this.#clock.wall());
      if (outcome.kind === 'delivered') {
        this.#answersEarly ||= !isWhole;
        outcome = isWhole ? { ...outcome, tookMs: connection.since - since } : TOO_EARLY;
      }
    } finally {
      this.#host.settle(ranges, { ...outcome, untaken });
    }
    // How fast a server refuses says nothing about how fast it stores.
    const ms = connection.since - since - connection.latencyMs;
    if (outcome.kind === 'delivered') this.#compare(since, { bytes, ms });
    const isRefused = outcome.kind === 'retryable' || outcome.kind === 'refused';
    // The next one begins with lines: a server that limits requests might accept an empty one, and then refuse the lines.
    if (isRefused) this.#pool.idleTimeout.keepsAlive = false;
    // Behind a load balancer, another connection may lead to a server that takes lines.
    if (!stays || isRefused) connection.end();
    this.#pool.renew(this.#clock.steady());
  }

  /** Newer answers are evidence that silent connections are dead. The stronger it is, the more of their lines is sent again. */
  #compare(since: number, newer: Newer): void {
    if (this.#pool.silent > 0)
      this.#alarm.set(compareSilent(this.#pool, since, newer, this.#clock.steady()));
  }

  #closed(connection: Connection, reason: string): void {
    const ranges = connection.request.takeAll();
    const { untaken, since } = connection;
    const how = this.#pool.closed(connection, ranges.length > 0, reason);
    // A request that was in flight when another one failed belongs to the same failure.
    if (connection.endedByUs || (ranges.length > 0 && since <= this.#failedAt)) {
      if (ranges.length > 0) this.#host.settle(ranges, { kind: 'cancelled', untaken });
    } else if (connection.unsupported !== undefined) {
      this.#host.connection('unsupported', connection.unsupported);
      return;
    } else if (how === 'lost') this.#host.connection('lost', reason);
    // A server that is being stopped takes no connections, and waits for the open request.
    else if (how === 'not added') this.#flushAfter = 'flush';
    else if (how === 'broken') this.#failed(ranges, reason, untaken);
    else if (how !== 'expected') this.#host.connection(how, reason);
    // A connection that was in use is replaced at once. One that was never made is not, since the host backs off.
    this.#pool.connect();
  }

  #failed(ranges: readonly BlockRange[], reason: string, untaken = 0, silentBytes?: number): void {
    this.#failedAt = this.#clock.steady();
    // If another connection is idle, a broken one says nothing about the server.
    const isInDoubt = ranges.length === 0 || this.#pool.youngest(this.#failedAt) === undefined;
    this.#host.settle(ranges, {
      kind: 'retryable',
      reason,
      contactLost: true,
      isBusy: silentBytes === undefined,
      untaken,
      isInDoubt,
      silentBytes,
    });
  }

  /** What silent connections give up is sent at once on others, and its request ends at once: its answer is evidence. */
  #poll(given: readonly BlockRange[] = this.#pool.poll(this.#clock.steady())): void {
    if (given.length === 0) return;
    this.#host.settle(given, { kind: 'cancelled' });
    this.pump(this.#clock.steady(), 'flush');
  }

  #tick(): void {
    // After a blocked event loop, timers run before what has arrived is read.
    this.#poll();
    if (this.#open && this.#clock.steady() >= this.#pause.endsAt('idle')) {
      // It must be connected in this tick: the program may block the event loop right after it.
      this.#pool.connect('now');
      this.#poll();
    }
    const now = this.#clock.steady();
    this.#endAfterPause(now);
    this.#endIfComplete(now);
    const { bytesInFlight } = this.#pool;
    const late = this.#pool.giveUpLate(now);
    if (late !== undefined) this.#failed([], late, 0, bytesInFlight);
    this.#pool.tend(now);
    this.pump(now);
    this.#endAfterPause(now);
  }

  /** Ends the open request, or wakes up when it is to end. */
  #endAfterPause(now: number): void {
    if (!this.#open) return;
    const endsAt = this.#pause.endsAt(this.#others(this.#open, now));
    if (now >= endsAt) {
      this.#pause.ended(now);
      this.pump(now, 'flush');
      return;
    }
    const earliest = this.#pause.endsAt('idle');
    this.#alarm.set(earliest > now ? earliest : endsAt);
  }

  #others(beside: Connection, now: number): Others {
    if (this.#hasNext(beside)) return 'idle';
    return this.#pool.awaitsSince(now - SLOW_AFTER_MS) ? 'slow' : 'busy';
  }

  /** Whether the next line could begin another request beside this one. If not, it has to go into this one. */
  #hasNext(beside: Connection): boolean {
    return this.#maxBytes() > 0 && this.#pool.hasIdle(beside);
  }

  /** If too much is in flight, another connection is of no use. */
  #want(now: number): void {
    if (this.#maxBytes() > 0) this.#pool.want(now);
  }

  #free(now: number): Connection | undefined {
    const idle = () => (this.#maxBytes() > 0 ? this.#pool.free(now) : undefined);
    const free = idle();
    if (!free) this.#poll(this.#pool.look(now));
    return free ?? idle();
  }

  /** Bytes that another request may hold, or the one on this connection in all. What an exiting process does not send is lost. */
  #maxBytes(connection?: Connection): number {
    const { requestBytes, bytesAtOnce } = this.#host.retry.state;
    if (this.#isLastChance || bytesAtOnce === Number.POSITIVE_INFINITY) return requestBytes;
    const room = bytesAtOnce - this.#pool.bytesInFlight + (connection?.request.bytes ?? 0);
    return Math.min(requestBytes, room);
  }

  /** Sends lines in the open request. */
  #goOn(connection: Connection, range: BlockRange, maxBytes: number, now: number): void {
    const { block, from, to } = range;
    connection.output.write(block.buffer, block.startOf(from), block.endOf(to - 1));
    // The alarm was set when the request began. Another line can only delay the end.
    if (now - connection.since >= MIN_AGE_MS || connection.request.bytes >= maxBytes)
      this.#endIfComplete(now);
  }

  /** Sends lines in a new request. */
  #begin(connection: Connection, range: BlockRange, isLone: boolean, now: number): void {
    connection.since = now;
    const { lines, retry } = this.#host;
    const isAlone = isLone && lines === 0 && this.#hasNext(connection);
    const isWhole = retry.state.isHalfOpen || this.#answersEarly || isAlone;
    const bytes = this.#framing.begin(range, isWhole);
    connection.phase = 'open';
    if (!isWhole) this.#open = connection;
    connection.output.write(this.#framing.buffer, 0, bytes);
    if (connection.descriptor.stalled) this.#framing.leaveBuffer();
    if (isWhole) this.#pool.awaitAnswer(connection, now);
    else {
      this.#endIfComplete(now);
      this.#endAfterPause(now);
    }
    this.#pool.want(now);
  }

  #endIfComplete(now: number): void {
    const connection = this.#open;
    if (!connection) return;
    const { request, since } = connection;
    const end = endOf(request, now - since, this.#maxBytes(connection));
    // The program may block the event loop, and so far it may have only one connection.
    if (end === 'if idle' && this.#pool.isShort) this.#pool.connect('now');
    const ends =
      end === 'now' ||
      (end !== 'later' && this.#free(now) !== undefined) ||
      (end === 'unless slow' && this.#others(connection, now) !== 'slow');
    if (ends && connection === this.#open) this.#end(now);
  }

  #end(now: number): void {
    const connection = this.#open;
    if (!connection) return;
    this.#open = undefined;
    connection.descriptor.leave();
    connection.output.write(LAST_CHUNK, 0, LAST_CHUNK.length);
    this.#pool.awaitAnswer(connection, now);
  }
}
