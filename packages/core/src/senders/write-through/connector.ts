/** Makes connections to one server: which address they lead to, and when one more may be made. */
import { isIP } from 'node:net';
import type { Alarm } from '../../process/alarm.ts';
import { isEnding, isExiting, whileLoopGoesOn } from '../../process/ending.ts';
import type { Clock } from '../../process/timers.ts';
import type { SenderHost, SenderSettings } from '../sender.ts';
import { Connection, type ConnectionListener } from './connection.ts';
import type { Connections } from './connections.ts';
import { holdTls } from './tls/own-tls-socket.ts';

export interface ConnectorSettings extends Pick<SenderSettings, 'endpoint' | 'maxConnections'> {
  readonly connectTimeoutMs: number;
  readonly clock: Clock;
  /** Rings when connections are to be looked after. */
  readonly alarm: Alarm;
  readonly listener: ConnectionListener;
  /** During the wait after a failure no connection is made. */
  readonly retry: SenderHost['retry'];
}

const MAX_CONNECTING = 2;
/** The pause after one more connection has failed twice. */
const ADD_AGAIN_MS = 5_000;

export class Connector {
  /** When the first connection was begun. */
  firstAt: number = Number.POSITIVE_INFINITY;
  /** The last known address of a server, for an exiting process: it cannot look up names any more. */
  lastAddress: string | undefined;
  /** True from one more connection that failed until a new one is answered. */
  couldNotAdd = false;
  /** When attempts may go on, one at a time. Set from one that timed out until one succeeds. */
  restsUntil = 0;
  readonly #settings: ConnectorSettings;
  readonly #connections: Connections;
  /** Whether connecting to an address takes the event loop: TLS does, and on Bun TCP does, whose descriptor is not there before. */
  readonly #takesLoop: boolean;
  /** The server's address or socket, if the settings name that: a lookup takes the event loop, too. */
  readonly #address: string | undefined;
  #addAt = Number.NEGATIVE_INFINITY;

  constructor(settings: ConnectorSettings, connections: Connections) {
    this.#settings = settings;
    this.#connections = connections;
    const { protocol, hostname, socketPath } = settings.endpoint;
    const isSecure = protocol === 'https:';
    this.#takesLoop = isSecure || process.versions.bun !== undefined;
    this.#address = socketPath || (isIP(hostname) === 0 ? undefined : hostname);
    // Held from here on: the program may replace them before the first connection is made.
    if (this.#address === undefined) process.getBuiltinModule('node:dns');
    if (isSecure) holdTls();
  }

  get mayConnect(): boolean {
    return !this.#connections.isClosed && !this.#settings.retry.state.backsOff;
  }

  /** Whether connecting never takes the event loop. */
  get needsNoLoop(): boolean {
    return this.#address !== undefined && !this.#takesLoop;
  }

  /** Whether an exiting process can connect. */
  get canWithoutLoop(): boolean {
    return !this.#takesLoop && (this.#address ?? this.lastAddress) !== undefined;
  }

  /** Makes one more connection, unless there are enough. */
  add(begin?: 'now' | 'soon'): void {
    const { trusted } = this.#connections;
    const { clock, alarm } = this.#settings;
    const now = clock.steady();
    if (this.#rests && now < this.restsUntil) {
      alarm.set(this.restsUntil);
      return;
    }
    const isTooSoon = trusted.length > 0 && now < this.#addAt;
    if (this.#mayAdd && !isTooSoon) this.begin(begin);
  }

  /**
   * Asks for one more a moment later: an attempt to connect in `beforeExit` makes Node emit that event again. Not while others are on their
   * way: each alarm would ask again.
   */
  addLater(now: number): void {
    if (this.#mayAdd) this.#settings.alarm.set(Math.max(now + 1, this.#addAt));
  }

  /** Makes one, however many there are. `sync`: in an exiting process. */
  begin(when?: 'now' | 'soon' | 'sync'): void {
    if (when !== 'sync' && isEnding()) {
      whileLoopGoesOn(() => this.add(when));
      return;
    }
    const { endpoint, listener, clock, alarm, connectTimeoutMs } = this.#settings;
    let address = this.#address;
    if (when === 'sync') {
      address ??= this.lastAddress;
      this.lastAddress = undefined;
    }
    this.firstAt = Math.min(this.firstAt, clock.steady());
    const begin = when === 'soon' ? when : 'now';
    const connection = new Connection(endpoint, address, listener, clock, begin);
    // If the server keeps connections, an answer shows that the tickets were read, and none are waited for.
    const connections = this.#connections;
    connection.awaitedTickets = () =>
      connections.idleTimeout.keepsAlive ? 0 : connections.tickets;
    connections.every = [...connections.every, connection];
    alarm.set(clock.steady() + connectTimeoutMs);
  }

  /** That one more could not be made says nothing about the others. It is tried again at once, and then after a while. */
  notAdded(now: number): void {
    if (this.couldNotAdd) this.#addAt = now + ADD_AGAIN_MS;
    this.couldNotAdd = true;
  }

  get #rests(): boolean {
    return this.restsUntil > 0 && !isExiting();
  }

  get #mayAdd(): boolean {
    const { trusted } = this.#connections;
    const connecting = trusted.filter(({ phase }) => phase === 'connecting').length;
    const max = this.#rests ? 1 : MAX_CONNECTING;
    return trusted.length < this.#settings.maxConnections && connecting < max && this.mayConnect;
  }
}
