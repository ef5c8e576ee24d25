/** One connection, over TCP or a unix socket, with at most one request. Its bytes go to the kernel before the call returns. */
import type { Socket } from 'node:net';
import { guarded } from '../../process/guard.ts';
import { random } from '../../process/random.ts';
import type { Clock } from '../../process/timers.ts';
import { RequestLines } from '../block.ts';
import { type Endpoint, reached } from '../endpoint.ts';
import { type Answer, AnswerReader } from './answer.ts';
import { Descriptor, reasonOf } from './descriptor.ts';
import type { Doubt } from './doubt.ts';
import { LAST_CHUNK } from './framing.ts';
import { connectedSocket } from './socket.ts';
import { Handshake } from './tls/handshake.ts';
import { TlsSession } from './tls/session.ts';

/**
 * connecting → idle → (open →) awaiting → idle …, and closed from any phase. Lines are never written while an answer is
 * outstanding: if a process ends with an unread answer, the kernel resets the connection and discards what it has not yet
 * sent.
 */
export type Phase = 'connecting' | 'idle' | 'open' | 'awaiting' | 'closed';

/** Takes the bytes of requests. Until the kernel has them, they must not change. */
export type Output = Pick<Descriptor, 'write'>;

/** What happens to a connection. `closed` comes once, whatever the reason. */
export type ConnectionEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'closed'; readonly reason: string };

/** Told by a connection, from events and from within its own methods. */
export type ConnectionListener = (connection: Connection, event: ConnectionEvent) => void;

const NOTHING = Buffer.alloc(0);
const MAX_EARLY_MS = 10_000;
/** See `CUT`. */
const CLOSED = 'the server closed the connection';
const NO_DESCRIPTOR = 'no descriptors';

/** A connection. It begins to connect when it is made, and never reconnects. */
export class Connection {
  phase: Phase = 'connecting';
  readonly request: RequestLines = new RequestLines();
  readonly descriptor: Descriptor;
  /** Where requests are written: to the descriptor, or to what encrypts them for it. */
  output: Output;
  /** When the current request began or ended, or when the connection was last used, by the steady clock. */
  since: number;
  madeAt: number;
  /** It is renewed this much earlier than it must be: a fleet that starts together does not reconnect together. */
  readonly earlyMs: number = random() * MAX_EARLY_MS;
  /** How long the network took to connect: the server's part of an answer is what it takes longer. */
  latencyMs = 0;
  /** Session tickets that were read. */
  tickets = 0;
  /** How many are waited for. If one lay unread at the end of the process, the kernel would drop lines. */
  awaitedTickets: () => number = () => 0;
  /** When it last got lines, or was made. */
  linesAt: number;
  /** False until a first request is answered. The server closes an unused connection after five seconds. */
  used = false;
  /** False while the name of the host is being looked up. */
  isLookedUp: boolean;
  wasConnected = false;
  /** True when the timeout of its handshake has passed while the event loop did not run. */
  missed = false;
  /** Set when it may have died without a sign. */
  doubt: Doubt | undefined;
  /** True when we close it on purpose. */
  endedByUs = false;
  /** Lines of its request that the kernel had not taken when it was closed. */
  untaken = 0;
  /** Why connections like this can never be used here. */
  unsupported: string | undefined;
  readonly isSecure: boolean;
  readonly #address: string | undefined;
  readonly #port: number | undefined;
  readonly #clock: Clock;
  readonly #socket: Socket;
  readonly #listener: ConnectionListener;
  readonly #answers = new AnswerReader();
  #handshake: Handshake | undefined;
  #tls: TlsSession | undefined;

  /**
   * @param address The address of the host; undefined when its name must be looked up, which takes the event loop.
   * @param begin `soon` is for callers that let the event loop run. It is cheaper: the first connection that a process
   *   begins `now` takes 5 ms longer.
   */
  constructor(
    endpoint: Endpoint,
    address: string | undefined,
    listener: ConnectionListener,
    clock: Clock,
    begin: 'now' | 'soon' = 'now',
  ) {
    this.#listener = listener;
    this.#clock = clock;
    this.#address = address;
    this.isSecure = endpoint.protocol === 'https:';
    this.since = this.madeAt = this.linesAt = clock.steady();
    const { port, socketPath } = endpoint;
    const isLocal = socketPath !== '';
    this.#port = isLocal ? undefined : port;
    this.isLookedUp = address !== undefined;
    const host = address ?? endpoint.hostname;
    const to = isLocal ? { path: socketPath } : { port, host };
    // Node always begins to connect to a unix socket at once.
    const hurries = address !== undefined && begin === 'now' && !isLocal;
    this.#socket = connectedSocket(to, hurries ? 'now' : 'soon');
    const failed = (reason: string) => this.destroy(reason);
    this.descriptor = new Descriptor(this.#socket, isLocal, clock, () => this.poll(), failed);
    // Nothing is sent unencrypted.
    this.output = this.isSecure ? { write: () => failed('no keys') } : this.descriptor;
    // First: without it, an error would end the program.
    this.#when('error', (error: Error) => this.destroy(reasonOf(error)));
    this.#neverHoldTheLoop();
    this.#when('lookup', () => {
      this.isLookedUp = true;
      this.since = clock.steady();
    });
    this.#when('connect', () => {
      if (this.isSecure) this.#secure(endpoint);
      else this.#connected();
    });
    this.#when('data', (bytes: Buffer) => this.#receive(bytes));
    this.#when('close', () => this.destroy(CLOSED));
  }

  /** What we throw while an event is handled fails this connection. */
  #when<Args extends unknown[]>(event: string, act: (...args: Args) => void): void {
    this.#socket.on(event, guarded(act, (error) => this.destroy(reasonOf(error))) as () => void);
  }

  /** The address of the other end, once connected. The socket knows it only after a turn of the event loop. */
  get remoteAddress(): string | undefined {
    return this.#address ?? this.#socket.remoteAddress;
  }

  /** Whether `poll` can find out without the event loop that it is connected. */
  get needsNoLoop(): boolean {
    return this.#address !== undefined && !this.isSecure && this.descriptor.number >= 0;
  }

  /** Whether it has reached the other end. The kernel knows it before the event loop does. */
  get isReached(): boolean {
    try {
      this.descriptor.checkConnected();
      return true;
    } catch {
      return false;
    }
  }

  /** Where it leads and how lines are sent, in words. */
  get how(): string {
    return `${reached(this.remoteAddress, this.#port)}, ${this.isSecure ? 'TLS 1.3, ' : ''}each line at once`;
  }

  /** Lines of the current request that the kernel has not taken whole. */
  get untakenLines(): number {
    const { waitingBytes } = this.descriptor;
    return this.request.lastIn(waitingBytes - (this.phase === 'awaiting' ? LAST_CHUNK.length : 0));
  }

  /** Waits for no more tickets. False before the end of the handshake. */
  waitNoLonger(): boolean {
    if (this.#tls !== undefined) this.#connected();
    return this.#tls !== undefined;
  }

  /**
   * Other connections have its lines now, so the kernel must not send them when the network works again. Node's `resetAndDestroy` sets
   * this, too, but closes the socket only in a later turn of the event loop. A unix socket cannot be reset.
   */
  reset(): void {
    if (this.#port !== undefined) Reflect.set(this.#socket, 'resetAndClosing', true);
    // The end is not said: with one more write, the kernel can send all that it holds.
    this.#tls = undefined;
    this.end();
  }

  /** Whether it has a request with lines that nobody has acknowledged. */
  get awaitsForLines(): boolean {
    return this.phase === 'awaiting' && this.request.ranges.length > 0;
  }

  /** True when it uses TLS and another one should take its place. */
  get isNearKeyLimit(): boolean {
    return this.#tls?.isNearKeyLimit === true;
  }

  /** Tries again to hand over what waits. True when nothing is left. */
  drain(): boolean {
    const { stalled, waitingBytes } = this.descriptor;
    if (!stalled) return true;
    const isEmpty = this.descriptor.drain();
    // As long as the kernel takes bytes, the other end acknowledges some.
    if (this.descriptor.waitingBytes < waitingBytes) this.since = this.#clock.steady();
    return isEmpty;
  }

  /** Checks without the event loop whether it is connected, or has received bytes. */
  poll(): void {
    const { descriptor } = this;
    const isGone = this.#socket.destroyed;
    const connects = this.phase === 'connecting' && this.#tls === undefined;
    if (!isGone && connects && !this.needsNoLoop) return;
    if (isGone || descriptor.number < 0) {
      // It could not even begin to connect, or Node is closing it. An exiting process does not reach the tick in which the event says so.
      this.destroy(descriptor.whyGone);
      return;
    }
    try {
      if (connects) {
        descriptor.checkConnected();
        this.#connected();
        return;
      }
      const received = descriptor.read();
      if (received.length === 0) this.destroy(CLOSED);
      else this.#receive(received);
    } catch (error) {
      if (!descriptor.isNotYet(error as NodeJS.ErrnoException)) this.destroy(reasonOf(error));
    }
  }

  /** Closes the connection on purpose. Nobody is told why. */
  end(): void {
    this.endedByUs = true;
    this.destroy('');
  }

  /** Closes the connection and reports it. The listener has to give back what it carried. */
  destroy(reason: string): void {
    if (this.phase === 'closed') return;
    this.untaken = this.untakenLines;
    this.phase = 'closed';
    if (this.endedByUs) this.#sayEnd();
    this.descriptor.end();
    this.#handshake?.close();
    this.#tls = undefined;
    try {
      this.#socket.destroy();
    } finally {
      this.tellClosed(reason);
    }
  }

  tellClosed(reason: string): void {
    this.#listener(this, { kind: 'closed', reason });
  }

  /** RFC 8446, section 6: says that and why we send no more, unless a record is only half written. */
  #sayEnd(): void {
    const { descriptor } = this;
    if (this.#tls === undefined || descriptor.stalled || process.listenerCount('SIGPIPE') > 0)
      return;
    try {
      descriptor.end(this.#tls.encryptEnd());
    } catch {
      // The key is at its limit: the connection ends without notice.
    }
  }

  #connected(): void {
    // The event may come after `poll` has already found out.
    if (this.phase !== 'connecting') return;
    this.phase = 'idle';
    this.wasConnected = true;
    this.latencyMs ||= this.#clock.steady() - this.since;
    this.since = this.madeAt = this.#clock.steady();
    if (this.descriptor.number >= 0) this.#listener(this, { kind: 'connected' });
    else this.#giveUp(NO_DESCRIPTOR);
  }

  #secure(endpoint: Endpoint): void {
    if (this.descriptor.number < 0) {
      this.#giveUp(NO_DESCRIPTOR);
      return;
    }
    this.latencyMs = this.#clock.steady() - this.since;
    try {
      this.#handshake = this.#beginHandshake(endpoint);
      // The other end may have gone while the first bytes were sent.
      if (this.phase === 'closed') this.#handshake.close();
    } catch (error) {
      // For example, Node refuses the TLS settings of this process.
      this.#giveUp(reasonOf(error));
    }
  }

  #beginHandshake(endpoint: Endpoint): Handshake {
    const send = (bytes: Buffer): void => this.descriptor.write(bytes, 0, bytes.length);
    return new Handshake(endpoint, send, (result) => {
      if (result.kind === 'secured') {
        this.#handshake = undefined;
        this.#tls = new TlsSession(result.secured);
        this.output = this.#tls.outputTo(this.descriptor, (error) => this.destroy(reasonOf(error)));
        // Reads what came together with the end of the handshake.
        this.#receive(NOTHING);
      } else if (result.kind === 'failed') this.destroy(reasonOf(result.error));
      else this.#giveUp(result.error.message);
    });
  }

  #giveUp(reason: string): void {
    this.unsupported = reason;
    this.destroy(reason);
  }

  /** Node makes a new handle for each address that it tries for a name. `unref` is lost with the old one. */
  #neverHoldTheLoop(): void {
    const unref = (): void => void this.#socket.unref();
    unref();
    this.#when('connectionAttempt', unref);
    this.#when('connect', unref);
  }

  #receive(bytes: Uint8Array): void {
    if (this.phase === 'closed') return;
    if (this.#handshake !== undefined) {
      this.#handshake.receive(bytes);
      return;
    }
    try {
      const { content, end } = this.#tls?.decrypt(bytes) ?? { content: bytes, end: undefined };
      if (this.#tls !== undefined) {
        this.tickets = this.#tls.tickets;
        if (this.tickets >= this.awaitedTickets()) this.#connected();
      }
      const answer = this.#answers.read(content);
      if (answer !== undefined) {
        const reusable = answer.reusable && end === undefined;
        this.#listener(this, { kind: 'answered', answer: { ...answer, reusable } });
      }
      if (end === undefined) return;
      this.#sayEnd();
      this.destroy(end.message);
    } catch (error) {
      this.destroy(reasonOf(error));
    }
  }
}
