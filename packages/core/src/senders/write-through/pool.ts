/**
 * The connections to one server: usually two, and one more than are busy, up to `maxConnections`. After `keepConnectionsMs` without lines
 * only one: a server may have thousands of clients. Replaces connections in time, and gives them up on evidence.
 */
import type { Alarm } from '../../process/alarm.ts';
import { type Clock, pause } from '../../process/timers.ts';
import { Waiters } from '../../process/waiters.ts';
import type { BlockRange } from '../block.ts';
import { CUT } from '../outcome.ts';
import { MAX_AGE_MS } from '../request-rule.ts';
import { ANSWER_TIMEOUT_MS, REST_MS, type SenderSettings } from '../sender.ts';
import type { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import { Connector, type ConnectorSettings } from './connector.ts';
import {
  MAX_SILENCE_MS,
  RENEW_AGAIN_MS,
  renewalOf,
  STALE_AFTER_MS,
  spareUntil,
  whenLate,
} from './renewal.ts';
import { isTrying, mayAllBeSilent, suspectOlder, suspectToo } from './silence.ts';

export interface PoolSettings extends ConnectorSettings, Pick<SenderSettings, 'keepConnectionsMs'> {
  /** A complete request without lines. */
  readonly emptyRequest: Buffer;
  /** From when the name is known until requests can be sent. `connectTimeoutMs` is for TCP alone. */
  readonly handshakeTimeoutMs: number;
}

/**
 * How a connection ended: without lines for a known reason; `lost`: without one; `not added`: it was refused; `failed`: it could not be
 * made, and there is no other; `timed out`: the same, without an answer; `broken`: it carried lines, or was the only one and accepted.
 */
export type ConnectionEnd = 'expected' | 'lost' | 'not added' | 'failed' | 'timed out' | 'broken';

/** A second line within one round trip must not wait for the answer to the first. */
const USUAL_CONNECTIONS = 2;
/** If one answer is late, others that take this long are suspected with it. */
const DOUBTED_TOO_AFTER_MS = 1_000;
/** For this long the first connections are used as they are: a process that ends at once does not pay for what only others need. */
const SPARED_MS = 100;
/** How soon a full connection is tried again. Without a pause, we would compete with the server for the processor. */
const STALLED_RETRY_MS = 1;
/** If a timeout is noticed this late, the event loop has not run: the process was frozen, or the program has blocked it. */
const MISSED_BY_MS = 100;
const POLL_EVERY_MS = 1;
/** How often the first line polls for its connection: the handshake takes a round trip, and the program may be killed in this tick. */
const FIRST_POLLS = 100;

/** Knows which connection is free, which one is needed, and which one is late. */
export class ConnectionPool extends Connections {
  readonly #settings: PoolSettings;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #connector: Connector;
  /** Callers that wait for the first connections. */
  readonly #starting: Waiters;
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** When an answer was last given up, if only one to an empty request. */
  #lateAt = Number.NEGATIVE_INFINITY;
  /** When lines last got a connection, or this was made. */
  #linesAt: number;
  /** The attempt to connect that was given up last. */
  #timedOut: Connection | undefined;
  #polledAt = 0;
  #stalledAt = 0;

  constructor(settings: PoolSettings) {
    super();
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#alarm = settings.alarm;
    this.#linesAt = settings.clock.steady();
    this.#starting = new Waiters(settings.clock.timers);
    this.#connector = new Connector(settings, this);
  }

  /** True when there are fewer connections than there should be. */
  get isShort(): boolean {
    return this.trusted.length < this.#needed;
  }

  /** See `Sender`. A process that ends at once needs no other connection than the first. */
  async ready(timeoutMs: number): Promise<void> {
    const { mayConnect, needsNoLoop } = this.#connector;
    if (this.isReady || !mayConnect) return;
    if (this.trusted.length === 0 && (timeoutMs > 0 || !needsNoLoop)) this.connect('soon');
    // Meanwhile a timer keeps the event loop alive: the sockets never do.
    if (timeoutMs === 0 || (await this.#starting.wait(0, timeoutMs))) return;
    // On a busy machine the time may be up although the connection is there: the loop handles it after the timers.
    await new Promise(setImmediate);
    if (!this.isReady) await new Promise(setImmediate);
  }

  /** A connection for a new request. */
  free(now: number): Connection | undefined {
    this.#linesAt = now;
    const free = this.youngest(now);
    if (free === undefined) return undefined;
    free.linesAt = now;
    if (free.used) this.idleTimeout.lasted(now - free.since);
    return free;
  }

  /** Asks for one more connection. If there are others, it is made a moment later. */
  want(now: number): void {
    if (this.trusted.length > 0) {
      this.#connector.addLater(now);
      return;
    }
    const isFirst = this.#connector.firstAt > now;
    this.connect();
    const [first] = this.trusted;
    for (let left = FIRST_POLLS; isFirst && first?.needsNoLoop && left--; ) {
      first.poll();
      if (first.phase !== 'connecting') return;
      pause(POLL_EVERY_MS);
    }
  }

  /** Looks for answers and new connections. While the event loop is blocked, nothing else does. Returns what silent ones give up. */
  look(now: number): BlockRange[] {
    // Each look that finds nothing costs an exception. A server that hangs must not cost one for every line.
    if (now - this.#polledAt < POLL_EVERY_MS) return [];
    this.#polledAt = now;
    return this.poll(now);
  }

  /** Whether the kernel takes what it had no room for. Tries again, but not too often. The attempt may close the connection. */
  makeRoom(connection: Connection, now: number): boolean {
    if (now - this.#stalledAt >= STALLED_RETRY_MS) {
      this.#stalledAt = now;
      if (connection.drain()) return connection.phase !== 'closed';
    }
    this.#alarm.set(now + STALLED_RETRY_MS);
    return false;
  }

  /** Begins to connect if necessary, and hands over what waits. False when that takes the event loop. */
  prepareWithoutLoop(hasLines: boolean): boolean {
    for (const connection of this.every) connection.drain();
    if (this.isBlind || this.isClosed) return false;
    const works = this.trusted.some((one) => one.phase !== 'connecting' || one.needsNoLoop);
    if (!works) {
      if (!this.#connector.canWithoutLoop) return false;
      this.#connector.begin('sync');
    } else if (hasLines && this.#connector.needsNoLoop) this.connect();
    return true;
  }

  /** Makes one more connection, if none is free or there are too few. */
  connect(begin?: 'now' | 'soon'): void {
    const isFree = this.every.some(({ phase }) => phase === 'idle' || phase === 'connecting');
    if (!isFree || this.isShort) this.#connector.add(begin);
  }

  /** See `Sender`. */
  suspect(until: number, where?: 'sync'): boolean {
    if (!this.every.some(({ awaitsForLines }) => awaitsForLines)) return true;
    const now = this.#clock.steady();
    suspectOlder(this, now, now, until);
    if (where && !this.#connector.canWithoutLoop) return false;
    if (!isTrying(this, now) && this.#connector.mayConnect) this.#connector.begin(where);
    return true;
  }

  /** Notes a new connection. */
  connected(connection: Connection): void {
    this.#connector.lastAddress = connection.remoteAddress;
    this.#connector.restsUntil = 0;
    // Lines may be sent only once session tickets are read, and an answer shows that they are. If the server closes each connection
    // after its first answer, that answer must be for lines; then the tickets are waited for before.
    const isUnproven = this.silent > 0 && mayAllBeSilent(this, this.#answeredAt);
    if (isUnproven || (connection.isSecure && this.idleTimeout.keepsAlive)) this.#prime(connection);
    this.renew(connection.madeAt);
    if (!this.idleTimeout.keepsAlive) this.#tellReady();
  }

  /** Notes an answer. True when the connection can be used again. */
  answered(connection: Connection, isComplete: boolean, isReusable: boolean): boolean {
    const now = this.#clock.steady();
    // A connection that lasts from one answer to the next shows that the server keeps connections.
    this.idleTimeout.keepsAlive = isReusable && (this.idleTimeout.keepsAlive || connection.used);
    this.#answeredAt = connection.since = now;
    this.tickets = connection.tickets;
    if (!connection.used) this.#connector.couldNotAdd = false;
    connection.used = true;
    const stays = isComplete && isReusable && !connection.isNearKeyLimit;
    connection.doubt = undefined;
    if (stays) connection.phase = 'idle';
    return stays;
  }

  closed(connection: Connection, carriedLines: boolean, reason: string): ConnectionEnd {
    this.every = this.every.filter((one) => one !== connection);
    if (!connection.used) this.#tellReady();
    if (connection.endedByUs) return 'expected';
    if (carriedLines) return 'broken';
    const now = this.#clock.steady();
    if (connection.used) {
      const idleMs = now - connection.since;
      // No server keeps one that is idle for longer.
      return this.idleTimeout.explains(idleMs) || idleMs >= STALE_AFTER_MS ? 'expected' : 'lost';
    }
    const isLate = connection === this.#timedOut;
    if (!this.trusted.some(({ phase }) => phase !== 'connecting')) {
      if (isLate) return 'timed out';
      return connection.wasConnected || CUT.test(reason) ? 'broken' : 'failed';
    }
    this.#connector.notAdded(now);
    // A server that is being stopped refuses connections. One that hangs accepts them later.
    return isLate ? 'expected' : 'not added';
  }

  /** Hands over what waits, and gives up connections whose answer is too late. Returns why, if the server may have lines of them. */
  giveUpLate(now: number): string | undefined {
    let late: string | undefined;
    for (const connection of this.every) {
      if (!connection.drain()) this.#alarm.set(now + STALLED_RETRY_MS);
      late = this.#giveUpIfLate(connection, now) ?? late;
    }
    return late;
  }

  /** Makes what is missing. */
  tend(now: number): void {
    this.connect('soon');
    if (this.isShort && this.trusted.length > 0) this.#alarm.set(now + RENEW_AGAIN_MS);
    this.renew(now);
  }

  /** Keeps idle connections young: uses or replaces them, and ends those that are not needed. */
  renew(now: number): void {
    const silentAt = this.#linesAt + this.#settings.keepConnectionsMs;
    if (now < silentAt) this.#alarm.set(silentAt);
    for (const connection of this.idle)
      if (!this.#endIfSpare(connection, now)) this.#renewOne(connection, now);
    if (this.isReady || !this.#connector.mayConnect) this.#tellReady();
  }

  /** The request on this connection has ended: from now on we wait for its answer. */
  awaitAnswer(connection: Connection, now: number): void {
    // The write may have found that the connection is gone.
    if (connection.phase === 'closed') return;
    connection.phase = 'awaiting';
    const { request, since } = connection;
    connection.since = now;
    // It stayed open because answers on other connections were late.
    const wasOpenLong = request.ranges.length > 0 && now - since > MAX_AGE_MS;
    if (wasOpenLong && (this.silent > 0 || this.#lateAt > since)) {
      suspectToo(this, connection, now);
      this.#alarm.set(now + RENEW_AGAIN_MS);
    }
    this.#alarm.set(now + (connection.descriptor.stalled ? STALLED_RETRY_MS : ANSWER_TIMEOUT_MS));
  }

  /** With TLS always two: what costs a handshake is worth more than what it takes to keep it. */
  get #needed(): number {
    const { endpoint, keepConnectionsMs, maxConnections } = this.#settings;
    const isSilent = this.#clock.steady() - this.#linesAt >= keepConnectionsMs;
    if (isSilent && endpoint.protocol === 'http:') return 1;
    // One is always left, to replace another.
    return Math.min(USUAL_CONNECTIONS, maxConnections - 1);
  }

  override close(): void {
    super.close();
    this.#tellReady();
  }

  #tellReady(): void {
    this.#starting.tell(() => true);
  }

  #prime(connection: Connection): void {
    const { emptyRequest } = this.#settings;
    connection.output.write(emptyRequest, 0, emptyRequest.length);
    this.awaitAnswer(connection, this.#clock.steady());
  }

  #renewOne(connection: Connection, now: number): void {
    const sparedUntil = this.#connector.firstAt + SPARED_MS;
    if (now < sparedUntil) {
      this.#alarm.set(sparedUntil);
      return;
    }
    const { idle, silent, trusted } = this;
    const renewal = renewalOf(
      connection,
      this.idleTimeout.keepsAlive,
      idle.length - 1,
      silent,
      now,
    );
    if (renewal === 'prime') {
      this.#prime(connection);
      return;
    }
    this.#alarm.set(renewal.at);
    if (renewal.needsAnother && trusted.length <= this.#needed) this.#connector.add('now');
  }

  /** Ends a connection when the others are enough. */
  #endIfSpare(connection: Connection, now: number): boolean {
    const others = this.idle.filter(({ used }) => used).length - (connection.used ? 1 : 0);
    if (others < this.#needed) return false;
    const endsAt = spareUntil(connection);
    if (now >= endsAt) connection.end();
    else this.#alarm.set(endsAt);
    return now >= endsAt;
  }

  #giveUpIfLate(connection: Connection, now: number): string | undefined {
    const { phase, since, isLookedUp, latencyMs, request, doubt } = connection;
    if (phase !== 'connecting' && phase !== 'awaiting') return undefined;
    const { connectTimeoutMs, handshakeTimeoutMs } = this.#settings;
    const isTcp = phase === 'connecting' && latencyMs === 0;
    const timeoutMs = isTcp ? connectTimeoutMs : handshakeTimeoutMs;
    const { at, reason } = whenLate(connection, this.#answeredAt, timeoutMs);
    // What has arrived meanwhile is read after this, and the handshake goes on.
    const isMissed =
      phase === 'connecting' && !isTcp && !connection.missed && now > at + MISSED_BY_MS;
    if (isMissed) {
      connection.missed = true;
      connection.since = now;
    }
    // The kernel is asked last: it tells an error once, and Node must hear it.
    if (now < at || isMissed || (isTcp && connection.isReached)) {
      // After the lookup the timeout is shorter.
      this.#alarm.set(isLookedUp ? at : now + connectTimeoutMs);
      return undefined;
    }
    if (phase === 'connecting') {
      if (connection.waitNoLonger()) return undefined;
      this.#timedOut = connection;
      this.#connector.restsUntil = now + REST_MS;
    }
    // If the server has vanished without a sign, connections that have been idle for longer are dead, too.
    if (phase === 'awaiting') {
      this.#lateAt = now;
      this.endOlderThan(since);
    }
    const mayHaveLines = doubt === undefined && request.ranges.length > 0;
    // The server may have the lines. How many are sent again depends on what newer connections show.
    if (mayHaveLines && suspectOlder(this, now - DOUBTED_TOO_AFTER_MS, now, now)) {
      this.#alarm.set(since + MAX_SILENCE_MS);
      return reason;
    }
    connection.destroy(reason);
    return undefined;
  }
}
