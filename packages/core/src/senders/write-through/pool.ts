/** The connections to one server: makes them, keeps the server from closing unused ones, renews them, gives them up. */
import { isIP } from 'node:net';
import { Alarm } from '../../process/alarm.ts';
import type { Clock } from '../../process/timers.ts';
import type { Span } from '../block.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Answer } from './answer.ts';
import { Connection, type ConnectionListener } from './connection.ts';

/** What the pool tells its owner, and asks it. */
export interface PoolOwner {
  /** Whether no new connection may be made. */
  isHeld(): boolean;
  /** A connection is there. @param how In words. */
  connected(how: string): void;
  /** A request was answered; the first one of a connection may have been empty. */
  answered(request: AnsweredRequest, answer: Answer): void;
  /** A connection has ended before its request was answered. */
  broken(spans: readonly Span[], reason: string): void;
  /** An idle connection has ended, though neither side had a reason to end it. */
  lost(reason: string): void;
  /** No connection can be made. */
  unreachable(reason: string): void;
  /** Connections like these can never be used here. */
  unsupported(reason: string): void;
  /** Time has passed: a request may have to end. */
  tick(now: number): void;
  /** A connection may be free for lines. */
  pump(now: number): void;
}

/** The request that an answer is for. */
export interface AnsweredRequest {
  readonly spans: readonly Span[];
  readonly bytes: number;
  /** Time since its end, or since its beginning if it has not ended. */
  readonly ms: number;
  /** False when the answer came before the end of the request: then it says nothing about lines on their way. */
  readonly isComplete: boolean;
}

const FEWEST_CONNECTIONS = 2;
const MOST_CONNECTIONS = 4;
const MOST_CONNECTING = 2;
/** Well below one minute: then the server gives up a queued request, answers 200, and loses it. */
const ANSWER_TIMEOUT_MS = 10_000;
/** VictoriaLogs closes a connection that was idle for 60 s. A process that was frozen may see no sign of that. */
const STALE_AFTER_MS = 55_000;
/** After 5 s, the server closes a connection on which nothing was ever sent. */
const UNUSED_AT_MOST_MS = 2_000;
/** A server that closes connections after less idle time does not keep them. Replacing them in a hurry would hammer it. */
const SHORT_LIFE_MS = 1_000;
/** How soon a full connection is tried again. Without a pause, we would compete with the server for the processor. */
const STALLED_RETRY_MS = 1;
const POLL_EVERY_MS = 1;

/** Keeps at least two connections, and one more than are busy, up to four. */
export class ConnectionPool implements ConnectionListener {
  readonly #endpoint: Endpoint;
  readonly #owner: PoolOwner;
  readonly #clock: Clock;
  readonly #connectTimeoutMs: number;
  /** A complete request without lines. */
  readonly #emptyRequest: Buffer;
  readonly #alarm: Alarm;
  readonly #all: Connection[] = [];
  readonly #isSecure: boolean;
  /** The server's address or socket, if the settings name that: then connecting does not take the event loop. */
  readonly #address: string | undefined;
  /** The last known address of a server that has a name, for an exiting process: it cannot look up names any more. */
  #lastAddress: string | undefined;
  /** False while the server closes every connection at its answer or soon after. */
  #keepsConnections = true;
  /** How long the connection that was closed last had been idle. */
  #lastIdleMs = Number.NEGATIVE_INFINITY;
  #polledAt = 0;
  #stalledAt = 0;
  #isClosing = false;
  #whenReady: Array<() => void> = [];

  constructor(
    endpoint: Endpoint,
    connectTimeoutMs: number,
    emptyRequest: Buffer,
    owner: PoolOwner,
    clock: Clock,
  ) {
    this.#endpoint = endpoint;
    this.#connectTimeoutMs = connectTimeoutMs;
    this.#emptyRequest = emptyRequest;
    this.#owner = owner;
    this.#clock = clock;
    this.#isSecure = endpoint.protocol === 'https:';
    const { hostname, socketPath } = endpoint;
    this.#address = socketPath || (isIP(hostname) === 0 ? undefined : hostname);
    this.#alarm = new Alarm(clock, () => this.#tick());
  }

  /** A TLS handshake costs ten milliseconds of processor time: the second connection is made when the program runs. */
  get #enoughToStart(): number {
    return this.#isSecure ? 1 : FEWEST_CONNECTIONS;
  }

  /** True when there are fewer connections than there should be. */
  get isShort(): boolean {
    return this.#all.length < FEWEST_CONNECTIONS;
  }

  /** Whether a request is under way on any connection. */
  get isBusy(): boolean {
    return this.#all.some(({ phase, spans }) => phase === 'open' || spans.length > 0);
  }

  /** Resolves when lines can be sent at once, or when the time is up. */
  ready(timeoutMs: number): Promise<void> {
    const isReady = this.#idleCount() >= this.#enoughToStart;
    if (isReady || this.#isClosing || this.#owner.isHeld()) return Promise.resolve();
    for (let count = 0; count < this.#enoughToStart; count++) this.#connect('next tick');
    const { timers } = this.#clock;
    return new Promise((resolve) => {
      // Meanwhile this timer keeps the event loop alive: the sockets never do.
      const timer = timers.start(() => {
        // On a busy machine the time may be up although the connection is there: the loop handles it after the timers.
        setImmediate(() => setImmediate(resolve));
      }, timeoutMs);
      this.#whenReady.push(() => {
        timers.stop(timer);
        resolve();
      });
    });
  }

  /** A connection for a new request. */
  free(now: number): Connection | undefined {
    const idle = this.#idle();
    if (idle !== undefined) return idle;
    this.look(now);
    return this.#idle();
  }

  /** Whether there is another idle connection. */
  hasIdle(beside: Connection): boolean {
    return this.#all.some((other) => other !== beside && other.phase === 'idle');
  }

  /**
   * Asks for one more connection. If there are others, it is made a moment later: an attempt to connect in `beforeExit` makes
   * Node emit that event again.
   */
  want(now: number): void {
    if (this.#all.length === 0) this.#connect();
    else if (this.#all.length < MOST_CONNECTIONS) this.wake(now + 1);
  }

  /** Looks for answers and new connections. While the event loop is blocked, nothing else does. */
  look(now: number): void {
    // Each look that finds nothing costs an exception. A server that hangs must not cost one for every line.
    if (now - this.#polledAt < POLL_EVERY_MS) return;
    this.#polledAt = now;
    this.poll();
  }

  /** The same without a limit. True when something is new. */
  poll(): boolean {
    let isNews = false;
    for (const connection of [...this.#all]) {
      const waits = connection.phase === 'awaiting' || connection.phase === 'connecting';
      if (waits && connection.poll()) isNews = true;
    }
    return isNews;
  }

  /** Whether the kernel has taken what a connection holds. Tries again, but not too often. */
  drain(connection: Connection, now: number): boolean {
    if (now - this.#stalledAt >= STALLED_RETRY_MS) {
      this.#stalledAt = now;
      if (connection.drain()) return true;
    }
    this.wake(now + STALLED_RETRY_MS);
    return false;
  }

  /** Begins to connect if necessary, and hands over what waits. False when that takes the event loop. */
  prepareWithoutLoop(): boolean {
    if (!this.#all.some(worksWithoutLoop)) {
      const address = this.#address ?? this.#lastAddress;
      if (address === undefined || this.#isSecure) return false;
      this.#lastAddress = undefined;
      this.#all.push(new Connection(this.#endpoint, address, this, this.#clock));
    }
    for (const connection of [...this.#all]) connection.drain();
    return true;
  }

  /** The request on this connection has ended: from now on we wait for its answer. */
  awaitAnswer(connection: Connection, now: number): void {
    connection.phase = 'awaiting';
    connection.since = now;
    this.wake(now + (connection.stalled ? STALLED_RETRY_MS : ANSWER_TIMEOUT_MS));
  }

  /** Calls the owner's `tick` no later than this moment. */
  wake(at: number): void {
    if (!this.#isClosing) this.#alarm.set(at);
  }

  /** Closes all connections. The lines that they carried are given to `broken`. */
  close(): void {
    this.#isClosing = true;
    this.#alarm.stop();
    for (const connection of [...this.#all]) this.#end(connection, 'closed');
    // If a full stack interrupted the end of a connection, it still has its lines.
    for (const connection of [...this.#all]) this.closed(connection, 'closed');
    this.#tellReady();
  }

  connected(connection: Connection): void {
    if (this.#address === undefined) this.#lastAddress = connection.remoteAddress;
    this.#owner.connected(connection.how);
    // The server sends session tickets. Lines may be sent only after these are read, and an answer shows that they are. If each
    // connection ends with its first answer, that answer must be for lines.
    if (connection.isSecure && this.#keepsConnections) this.#primeOne(connection);
    this.#prime();
    this.#owner.pump(this.#clock.steady());
  }

  answered(connection: Connection, answer: Answer): void {
    const now = this.#clock.steady();
    const { spans, requestBytes, since } = connection;
    const isComplete = connection.phase === 'awaiting' && !connection.stalled;
    // A connection that lasts from one answer to the next shows that the server keeps connections.
    const lasts = this.#keepsConnections || connection.used;
    connection.spans = [];
    connection.requestBytes = 0;
    connection.used = true;
    connection.since = now;
    connection.idleSince = this.#clock.wall();
    this.#keepsConnections = answer.reusable && lasts;
    const stays = isComplete && answer.reusable && !connection.isWornOut;
    if (stays) connection.phase = 'idle';
    this.#owner.answered({ spans, bytes: requestBytes, ms: now - since, isComplete }, answer);
    if (!stays) this.#end(connection, 'the server asked for it');
    if (this.#idleCount() >= this.#enoughToStart || !answer.reusable) this.#tellReady();
    this.#prime();
    this.#owner.pump(now);
  }

  closed(connection: Connection, reason: string): void {
    const at = this.#all.indexOf(connection);
    if (at >= 0) this.#all.splice(at, 1);
    const { spans } = connection;
    connection.spans = [];
    if (this.#isClosing || spans.length > 0) this.#owner.broken(spans, reason);
    if (this.#isClosing) return;
    if (connection.unsupported !== undefined) {
      this.#tellReady();
      this.#owner.unsupported(connection.unsupported);
      return;
    }
    if (spans.length === 0) this.#closedWithoutLines(connection, reason);
    // A connection that was in use is replaced at once. One that was never made is not, since the owner holds back.
    this.#connect();
    this.#owner.pump(this.#clock.steady());
  }

  #closedWithoutLines(connection: Connection, reason: string): void {
    const { used, wasThere, endedByUs, since } = connection;
    if (used) {
      if (endedByUs) return;
      const idleMs = this.#clock.steady() - since;
      if (idleMs < SHORT_LIFE_MS) this.#keepsConnections = false;
      if (!this.#isPatienceOver(idleMs)) this.#owner.lost(reason);
      return;
    }
    if (wasThere) this.#owner.broken([], reason);
    else this.#owner.unreachable(reason);
    this.#tellReady();
  }

  /** Whether the other end closes connections that are idle for this long: it did so before, or is known to do so. */
  #isPatienceOver(idleMs: number): boolean {
    const isSimilar = Math.abs(idleMs - this.#lastIdleMs) <= Math.max(100, idleMs / 10);
    this.#lastIdleMs = idleMs;
    return isSimilar || idleMs >= STALE_AFTER_MS;
  }

  #end(connection: Connection, reason: string): void {
    connection.endedByUs = true;
    connection.destroy(reason);
  }

  #idleCount(): number {
    return this.#all.filter(({ phase }) => phase === 'idle').length;
  }

  #idle(): Connection | undefined {
    // The one used last is the least likely to be closed by the server at this moment.
    const idle = this.#all.filter(({ phase }) => phase === 'idle');
    for (const connection of idle.sort((a, b) => b.since - a.since)) {
      if (this.#isStale(connection)) this.#end(connection, 'idle for too long');
      else connection.poll();
      if (connection.phase === 'idle') return connection;
    }
    return undefined;
  }

  /** The steady clock may have stopped while the machine was frozen, so the wall clock is asked, too. */
  #isStale({ since, idleSince }: Connection): boolean {
    const { steady, wall } = this.#clock;
    return steady() - since >= STALE_AFTER_MS || wall() - idleSince >= STALE_AFTER_MS;
  }

  #connect(begin?: 'now' | 'next tick'): void {
    const isFree = this.#all.some(({ phase }) => phase === 'idle' || phase === 'connecting');
    if (!isFree || this.isShort) this.#connectOneMore(begin);
  }

  #connectOneMore(begin?: 'now' | 'next tick'): void {
    if (this.#isClosing || this.#owner.isHeld()) return;
    if (this.#all.length >= MOST_CONNECTIONS) return;
    if (this.#all.filter(({ phase }) => phase === 'connecting').length >= MOST_CONNECTING) return;
    this.#all.push(new Connection(this.#endpoint, this.#address, this, this.#clock, begin));
    this.wake(this.#clock.steady() + this.#connectTimeoutMs);
  }

  /**
   * Sends an empty request on each unused connection. This takes the connection past the server's five seconds, spares a
   * stopping server the same wait, and shows a refusal early. Two others must be free for lines meanwhile, or one at the start,
   * when a caller waits. If no connection lasts longer than a request, there is no hurry.
   */
  #prime(): void {
    const now = this.#clock.steady();
    const isStarting = this.#whenReady.length > 0;
    for (const unused of this.#all.filter(({ phase, used }) => phase === 'idle' && !used)) {
      const isEnoughFree = this.#idleCount() - 1 >= (isStarting ? 1 : FEWEST_CONNECTIONS);
      const isLate = now - unused.since >= UNUSED_AT_MOST_MS;
      if (isLate || (isEnoughFree && this.#keepsConnections)) {
        this.#primeOne(unused);
        continue;
      }
      // A caller that waits for the start lets the event loop run. Later the loop may be blocked.
      if (this.#all.length <= FEWEST_CONNECTIONS)
        this.#connectOneMore(isStarting ? 'next tick' : 'now');
      this.wake(unused.since + UNUSED_AT_MOST_MS);
    }
  }

  #primeOne(unused: Connection): void {
    unused.write(this.#emptyRequest, 0, this.#emptyRequest.length);
    if (unused.phase === 'idle') this.awaitAnswer(unused, this.#clock.steady());
  }

  #tellReady(): void {
    for (const tell of this.#whenReady.splice(0)) tell();
  }

  #tick(): void {
    const now = this.#clock.steady();
    for (const connection of [...this.#all]) {
      if (connection.stalled && !connection.drain()) this.wake(now + STALLED_RETRY_MS);
      this.#giveUpIfLate(connection, now);
    }
    this.#owner.tick(now);
    this.#connect('next tick');
    this.#prime();
    this.#owner.pump(now);
  }

  #giveUpIfLate(connection: Connection, now: number): void {
    const { phase, since, isLookedUp } = connection;
    if (phase !== 'connecting' && phase !== 'awaiting') return;
    // A lookup cannot be cut short, and another one would take as long.
    const isConnecting = phase === 'connecting' && isLookedUp;
    const timeoutMs = isConnecting ? this.#connectTimeoutMs : ANSWER_TIMEOUT_MS;
    if (now < since + timeoutMs) {
      // After the lookup the timeout is shorter.
      this.wake(isLookedUp ? since + timeoutMs : now + this.#connectTimeoutMs);
      return;
    }
    if (phase === 'awaiting') this.#closeOlderThan(connection);
    const what = isLookedUp ? (isConnecting ? 'connection' : 'answer') : 'address';
    connection.destroy(`no ${what} within ${timeoutMs} ms`);
  }

  /** If the server has vanished without a sign, connections that have been idle for longer are dead, too. */
  #closeOlderThan({ since }: Connection): void {
    const older = this.#all.filter(
      (other) => other.phase === 'idle' && other.used && other.since < since,
    );
    for (const connection of older) this.#end(connection, 'another one got no answer');
  }
}

function worksWithoutLoop({ phase, connectsWithoutLoop }: Connection): boolean {
  return phase !== 'connecting' || connectsWithoutLoop;
}
