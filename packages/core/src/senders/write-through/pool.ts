/**
 * The connections to one server: two, one more than are busy up to `maxConnections`, and one when nothing has been logged for
 * `keepConnectionsMs`: then lines that come at once all go in its request, and a server may have thousands of us.
 * Makes them, keeps them young enough, and gives them up on evidence. It knows nothing of the one who uses it.
 */
import { isIP } from 'node:net';
import type { Alarm } from '../../process/alarm.ts';
import { type Clock, pause } from '../../process/timers.ts';
import type { BlockRange } from '../block.ts';
import { ANSWER_TIMEOUT_MS, type SenderSettings } from '../sender.ts';
import { Connection, type ConnectionListener } from './connection.ts';
import { Connections } from './connections.ts';
import {
  MAX_SILENCE_MS,
  RENEW_AGAIN_MS,
  renewalOf,
  STALE_AFTER_MS,
  spareUntil,
  whenLate,
} from './renewal.ts';
import { MAX_AGE_MS } from './request-rule.ts';
import { suspectOlder, suspectToo } from './silence.ts';
import { holdTls } from './tls/own-tls-socket.ts';

/** What the pool is given to work with. */
export interface PoolSettings
  extends Pick<SenderSettings, 'endpoint' | 'maxConnections' | 'keepConnectionsMs'> {
  readonly connectTimeoutMs: number;
  /** A complete request without lines. */
  readonly emptyRequest: Buffer;
  readonly clock: Clock;
  /** Rings when `tend` is to be called. */
  readonly alarm: Alarm;
  /** Told what happens to each connection. */
  readonly listener: ConnectionListener;
  /** False during the wait after a failure. */
  readonly mayConnect: () => boolean;
  /** Called when a connection is suspected for its age. */
  readonly gotNoAnswer: (reason: string) => void;
  /** Given what silent connections held: others are to carry it. */
  readonly gaveUp: (ranges: readonly BlockRange[]) => void;
}

/**
 * How a connection without lines ended: for a known reason; `lost`, though neither side had a reason; `not added`: it was
 * refused; or `failed`: nor is there another one.
 */
export type IdleEnd = 'expected' | 'lost' | 'not added' | 'failed';

/** A second line within one round trip needs somewhere to go. */
const USUAL_CONNECTIONS = 2;
const MAX_CONNECTING = 2;
/** If one answer is late, others that take this long are suspected with it. */
const DOUBTED_TOO_AFTER_MS = 1_000;
/** A server that closes connections after less idle time does not keep them. Replacing them in a hurry would hammer it. */
const SHORT_LIFE_MS = 1_000;
/** The pause after one more connection could not be made twice. */
const ADD_AGAIN_MS = 5_000;
/** A process that ends at once is spared what only a longer one needs: the first connections are used as they are. */
const SPARED_MS = 100;
/** How soon a full connection is tried again. Without a pause, we would compete with the server for the processor. */
const STALLED_RETRY_MS = 1;
const POLL_EVERY_MS = 1;
/** The first line waits so often for a connection: a server is a round trip away, and the program may be killed in this tick. */
const FIRST_POLLS = 100;

/** Makes connections and knows which one is free. */
export class ConnectionPool extends Connections {
  /** True while a caller waits for the first connections. */
  isStarting = false;
  /** False while the server closes every connection at its answer or soon after. */
  keepsConnections = true;
  readonly #settings: PoolSettings;
  readonly #clock: Clock;
  readonly #alarm: Alarm;
  readonly #isSecure: boolean;
  /** The server's address or socket, if the settings name that: then connecting does not take the event loop. */
  readonly #address: string | undefined;
  /** The last known address of a server that has a name, for an exiting process: it cannot look up names any more. */
  #lastAddress: string | undefined;
  /** How long the connection that was closed last had been idle. */
  #lastIdleMs = Number.NEGATIVE_INFINITY;
  #answeredAt = Number.NEGATIVE_INFINITY;
  /** When lines last got a connection, or the first one was made; negative before that. */
  #linesAt = Number.NEGATIVE_INFINITY;
  #addAt = Number.NEGATIVE_INFINITY;
  #sparedUntil = Number.NEGATIVE_INFINITY;
  #couldNotAdd = false;
  #polledAt = 0;
  #stalledAt = 0;

  constructor(settings: PoolSettings) {
    super();
    this.#settings = settings;
    this.#clock = settings.clock;
    this.#alarm = settings.alarm;
    const { protocol, hostname, socketPath } = settings.endpoint;
    this.#isSecure = protocol === 'https:';
    this.#address = socketPath || (isIP(hostname) === 0 ? undefined : hostname);
    // Held from here on: the program may replace them before the first connection is made.
    if (this.#address === undefined) process.getBuiltinModule('node:dns');
    if (this.#isSecure) holdTls();
  }

  /** True when there are fewer connections than there should be. */
  get isShort(): boolean {
    return this.trusted.length < this.#needed;
  }

  /**
   * Makes the first connection: a process that ends at once needs no other. If nobody waits for it, only one that takes the event
   * loop: another can still come in time.
   */
  start(waits: boolean): void {
    if (this.isStarting || (!waits && this.#connectsWithoutLoop)) return;
    this.isStarting = true;
    this.#sparedUntil = this.#clock.steady() + SPARED_MS;
    this.connect('next tick');
  }

  /** A connection for a new request. */
  free(now: number): Connection | undefined {
    this.#linesAt = now;
    let free = this.youngest(now);
    if (free === undefined) {
      this.look(now);
      free = this.youngest(now);
    }
    if (free !== undefined) free.linesAt = now;
    return free;
  }

  /**
   * Asks for one more connection. If there are others, it is made a moment later: an attempt to connect in `beforeExit` makes
   * Node emit that event again.
   */
  want(now: number): void {
    const { length } = this.trusted;
    if (length === 0) {
      const isFirst = this.#linesAt < 0;
      if (isFirst) this.#sparedUntil = now + SPARED_MS;
      this.connect();
      const [first] = this.trusted;
      for (let left = FIRST_POLLS; isFirst && first?.connectsWithoutLoop && left--; ) {
        first.poll();
        if (first.phase !== 'connecting') return;
        pause(POLL_EVERY_MS);
      }
    } else if (length < this.#settings.maxConnections && this.#settings.mayConnect())
      this.#alarm.set(Math.max(now + 1, this.#addAt));
  }

  /** Looks for answers and new connections. While the event loop is blocked, nothing else does. */
  look(now: number): void {
    // Each look that finds nothing costs an exception. A server that hangs must not cost one for every line.
    if (now - this.#polledAt < POLL_EVERY_MS) return;
    this.#polledAt = now;
    this.poll();
  }

  /** The same without a limit. */
  poll(): void {
    const given = this.pollAll(this.#clock.steady());
    if (given.length > 0) this.#settings.gaveUp(given);
  }

  /** Whether the kernel takes what it had no room for. Tries again, but not too often. */
  makeRoom(connection: Connection, now: number): boolean {
    if (now - this.#stalledAt >= STALLED_RETRY_MS) {
      this.#stalledAt = now;
      if (connection.drain()) return true;
    }
    this.#alarm.set(now + STALLED_RETRY_MS);
    return false;
  }

  /** Begins to connect if necessary, and hands over what waits. False when that takes the event loop. */
  prepareWithoutLoop(hasLines: boolean): boolean {
    for (const connection of this.every) connection.drain();
    if (this.isBlind) return false;
    if (!this.trusted.some(worksWithoutLoop)) {
      const address = this.#address ?? this.#lastAddress;
      if (address === undefined || this.#isSecure) return false;
      this.#lastAddress = undefined;
      this.#begin(address);
    } else if (hasLines && this.#connectsWithoutLoop) this.connect();
    return true;
  }

  /** Makes one more connection, if none is free or there are too few. */
  connect(begin?: 'now' | 'next tick'): void {
    const isFree = this.every.some(({ phase }) => phase === 'idle' || phase === 'connecting');
    if (!isFree || this.isShort) this.#add(begin);
  }

  /** See `Sender`. */
  suspect(until: number, where?: 'without loop'): boolean {
    const { trusted } = this;
    if (!trusted.some(({ awaitsForLines }) => awaitsForLines)) return true;
    const now = this.#clock.steady();
    suspectOlder(this, now, now, until);
    const address = this.#address ?? (where && this.#lastAddress);
    if (where && (this.#isSecure || address === undefined)) return false;
    const isTrying = this.trusted.some(({ phase, used }) => !used && phase !== 'idle');
    if (!isTrying && this.#settings.mayConnect()) this.#begin(address);
    return true;
  }

  /** Notes a new connection. */
  connected(connection: Connection): void {
    if (this.#address === undefined) this.#lastAddress = connection.remoteAddress;
    // The server sends session tickets. Lines may be sent only after these are read, and an answer shows that they are. If each
    // connection ends with its first answer, that answer must be for lines.
    if (this.silent > 0 || (this.#isSecure && this.keepsConnections)) this.#prime(connection);
    this.renew(connection.madeAt);
  }

  /** Notes an answer. True when the connection can be used again. */
  answered(connection: Connection, isComplete: boolean, isReusable: boolean): boolean {
    const now = this.#clock.steady();
    // A connection that lasts from one answer to the next shows that the server keeps connections.
    this.keepsConnections = isReusable && (this.keepsConnections || connection.used);
    this.#answeredAt = connection.since = now;
    if (!connection.used) this.#couldNotAdd = false;
    connection.used = true;
    const stays = isComplete && isReusable && !connection.isNearKeyLimit;
    connection.doubt = undefined;
    if (stays) connection.phase = 'idle';
    return stays;
  }

  closed(connection: Connection, carriedLines: boolean): IdleEnd {
    this.every = this.every.filter((one) => one !== connection);
    if (carriedLines || connection.endedByUs) return 'expected';
    const now = this.#clock.steady();
    if (connection.used) {
      const idleMs = now - connection.since;
      if (idleMs < SHORT_LIFE_MS) this.keepsConnections = false;
      return this.#isPatienceOver(idleMs) ? 'expected' : 'lost';
    }
    if (!this.trusted.some(({ phase }) => phase !== 'connecting')) return 'failed';
    // That one more could not be made says nothing about the others. It is tried again at once, and then after a while.
    if (this.#couldNotAdd) this.#addAt = now + ADD_AGAIN_MS;
    this.#couldNotAdd = true;
    // A server that is being stopped refuses. One that hangs takes what it is sent once it goes on.
    return now - connection.since < this.#settings.connectTimeoutMs ? 'not added' : 'expected';
  }

  /** Gives up what is too late, and makes what is missing. */
  tend(now: number): void {
    for (const connection of this.every) {
      if (!connection.drain()) this.#alarm.set(now + STALLED_RETRY_MS);
      this.#giveUpIfLate(connection, now);
    }
    this.connect('next tick');
    if (this.isShort && this.trusted.length > 0) this.#alarm.set(now + RENEW_AGAIN_MS);
    this.renew(now);
  }

  /** Keeps idle connections young: uses or replaces them, and ends those that are not needed. */
  renew(now: number): void {
    const silentAt = this.#linesAt + this.#settings.keepConnectionsMs;
    if (now < silentAt) this.#alarm.set(silentAt);
    for (const connection of this.idle)
      if (!this.#endIfSpare(connection, now)) this.#renewOne(connection, now);
  }

  /** The request on this connection has ended: from now on we wait for its answer. */
  awaitAnswer(connection: Connection, now: number): void {
    // The write may have found that the connection is gone.
    if (connection.phase === 'closed') return;
    connection.phase = 'awaiting';
    const wasOpenLong = connection.request.ranges.length > 0 && now - connection.since > MAX_AGE_MS;
    connection.since = now;
    // It was kept open for so long because the silent ones owe their answers.
    if (wasOpenLong && this.silent > 0) suspectToo(this, connection, now);
    this.#alarm.set(now + (connection.descriptor.stalled ? STALLED_RETRY_MS : ANSWER_TIMEOUT_MS));
  }

  /** With TLS always two: what costs a handshake is worth more than what it takes to keep it. */
  get #needed(): number {
    const isSilent = this.#clock.steady() - this.#linesAt >= this.#settings.keepConnectionsMs;
    return isSilent && !this.#isSecure ? 1 : this.#usual;
  }

  /** One is always left, to replace another. */
  get #usual(): number {
    return Math.min(USUAL_CONNECTIONS, this.#settings.maxConnections - 1);
  }

  get #connectsWithoutLoop(): boolean {
    return this.#address !== undefined && !this.#isSecure;
  }

  #add(begin?: 'now' | 'next tick'): void {
    const { trusted } = this;
    const count = trusted.length;
    if (count >= this.#settings.maxConnections || !this.#settings.mayConnect()) return;
    if (count > 0 && this.#clock.steady() < this.#addAt) return;
    if (trusted.filter(({ phase }) => phase === 'connecting').length >= MAX_CONNECTING) return;
    this.#begin(this.#address, begin);
  }

  #begin(address: string | undefined, begin?: 'now' | 'next tick'): void {
    const { endpoint, listener, connectTimeoutMs } = this.#settings;
    if (this.#linesAt < 0) this.#linesAt = this.#clock.steady();
    this.every = [...this.every, new Connection(endpoint, address, listener, this.#clock, begin)];
    this.#alarm.set(this.#clock.steady() + connectTimeoutMs);
  }

  #prime(connection: Connection): void {
    const { emptyRequest } = this.#settings;
    connection.output.write(emptyRequest, 0, emptyRequest.length);
    this.awaitAnswer(connection, this.#clock.steady());
  }

  #renewOne(connection: Connection, now: number): void {
    if (now < this.#sparedUntil) {
      this.#alarm.set(this.#sparedUntil);
      return;
    }
    const { idle, silent, trusted } = this;
    const renewal = renewalOf(connection, this, idle.length - 1, silent, now);
    if (renewal === 'prime') {
      this.#prime(connection);
      return;
    }
    this.#alarm.set(renewal.at);
    if (renewal.needsAnother && trusted.length <= this.#needed) this.#add('now');
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

  /** Whether the other end closes connections that are idle for this long: it did so before, or is known to do so. */
  #isPatienceOver(idleMs: number): boolean {
    const isSimilar = Math.abs(idleMs - this.#lastIdleMs) <= Math.max(100, idleMs / 10);
    this.#lastIdleMs = idleMs;
    return isSimilar || idleMs >= STALE_AFTER_MS;
  }

  #giveUpIfLate(connection: Connection, now: number): void {
    const { phase, since, isLookedUp, request, doubt } = connection;
    if (phase !== 'connecting' && phase !== 'awaiting') return;
    const { connectTimeoutMs, gotNoAnswer } = this.#settings;
    const { at, reason } = whenLate(connection, this.#answeredAt, connectTimeoutMs);
    if (now < at) {
      // After the lookup the timeout is shorter.
      this.#alarm.set(isLookedUp ? at : now + connectTimeoutMs);
      return;
    }
    // If the server has vanished without a sign, connections that have been idle for longer are dead, too.
    if (phase === 'awaiting') this.endOlderThan(since);
    const mayHaveLines = doubt === undefined && request.ranges.length > 0;
    // The server may have the lines. How many are sent again depends on what newer connections show.
    if (mayHaveLines && suspectOlder(this, now - DOUBTED_TOO_AFTER_MS, now, now)) {
      this.#alarm.set(since + MAX_SILENCE_MS);
      gotNoAnswer(reason);
    } else connection.destroy(reason);
  }
}

function worksWithoutLoop({ phase, connectsWithoutLoop }: Connection): boolean {
  return phase !== 'connecting' || connectsWithoutLoop;
}
