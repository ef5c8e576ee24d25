/** One connection, of TCP or to a unix socket, whose bytes go to the kernel before the call returns, with at most one request on it. */
import fs from 'node:fs';
import net from 'node:net';
import { type Clock, pause } from '../../process/timers.ts';
import type { Span } from '../block.ts';
import type { Endpoint } from '../endpoint.ts';
import { type Answer, AnswerReader } from './answer.ts';
import { Handshake } from './tls/handshake.ts';
import { TlsSession } from './tls/session.ts';

/**
 * connecting → idle → (open →) awaiting → idle …, and closed from anywhere. Lines are never written while an answer is
 * outstanding: when a process ends with an unread answer, its kernel resets the connection and throws away what it has
 * not sent yet.
 */
export type Phase = 'connecting' | 'idle' | 'open' | 'awaiting' | 'closed';

/** What a connection tells its sender, from events and from within its own methods. */
export interface ConnectionListener {
  connected(connection: Connection): void;
  answered(connection: Connection, answer: Answer): void;
  /** Called once, whatever the reason. */
  closed(connection: Connection, reason: string): void;
}

/** Bytes for the kernel, in memory that stays as it is until the kernel has them. */
interface Stretch {
  readonly buffer: Buffer;
  start: number;
  readonly end: number;
}

/** What is behind a socket, in the part that matters here. */
interface Handle {
  readonly fd?: number;
}

// Taken before any hook replaces them: our own traffic is nobody's output.
const { writeSync, readSync } = fs;
const NOTHING = Buffer.alloc(0);
/**
 * Into a unix socket the kernel takes about 170 writes (Linux, by default) before the server has read some: it counts more than
 * a kilobyte for each. A burst is faster than a busy server. Over TCP it takes megabytes.
 */
const ROOM_WITHIN_MS = 100;
const NO_DESCRIPTOR = 'this platform shows no descriptor of a socket';
const receiveBuffer = Buffer.allocUnsafeSlow(16 * 1024);

/** A connection; made connecting, and never reconnected. */
export class Connection {
  phase: Phase = 'connecting';
  /** Lines of the request in progress. */
  spans: Span[] = [];
  /** Bytes of the request in progress. */
  requestBytes = 0;
  /** When the request in progress was begun, or ended, or the connection was last used; by the steady clock. */
  since: number;
  /** The same by the wall clock, for an idle connection. */
  idleSince: number;
  /** False until a first request was answered; the server closes such a connection after five seconds. */
  used = false;
  /** False while the name of the host is looked up. */
  isLookedUp: boolean;
  /** False until it is connected. */
  wasThere = false;
  /** True when we had a reason to close it. */
  endedByUs = false;
  /** Why a connection like this cannot be used at all here, however often it is made. */
  unsupported: string | undefined;
  /** Whether it is one over TLS. */
  readonly isSecure: boolean;
  /** Whether `poll` can tell that the connection is there, without the event loop. */
  connectsWithoutLoop = false;
  /** Over a unix socket. */
  readonly #isLocal: boolean;
  readonly #clock: Clock;
  readonly #waiting: Stretch[] = [];
  readonly #socket: net.Socket;
  readonly #listener: ConnectionListener;
  readonly #answers = new AnswerReader();
  #handshake: Handshake | undefined;
  #tls: TlsSession | undefined;
  #handle: Handle | null | undefined;
  #descriptor = -1;

  /**
   * @param address where the host is; undefined when its name has to be looked up, which takes the event loop.
   * @param begin `next tick` is cheaper and for callers that let the event loop turn: the first connection that a process
   *   begins `now` takes 5 ms longer.
   */
  constructor(
    endpoint: Endpoint,
    address: string | undefined,
    listener: ConnectionListener,
    clock: Clock,
    begin: 'now' | 'next tick' = 'now',
  ) {
    this.#listener = listener;
    this.#clock = clock;
    this.isSecure = endpoint.protocol === 'https:';
    this.since = clock.steady();
    this.idleSince = clock.wall();
    const { port, socketPath } = endpoint;
    this.#isLocal = socketPath !== '';
    this.isLookedUp = address !== undefined;
    const host = address ?? endpoint.hostname;
    const connect = () =>
      net.connect(this.#isLocal ? { path: socketPath } : { port, noDelay: true, host });
    // To a unix socket Node begins to connect at once in any case.
    const hurries = address !== undefined && begin === 'now' && !this.#isLocal;
    this.#socket = hurries ? withoutWaiting(connect) : connect();
    if (address !== undefined && !this.isSecure) {
      const begun = () => {
        this.connectsWithoutLoop = this.#currentDescriptor() >= 0;
      };
      if (hurries || this.#isLocal) begun();
      else process.nextTick(begun);
    }
    this.#neverHoldTheLoop();
    this.#socket.once('lookup', () => {
      this.isLookedUp = true;
      this.since = clock.steady();
    });
    this.#socket.on('connect', () => {
      if (this.isSecure) this.#secure(endpoint);
      else this.#connected();
    });
    this.#socket.on('data', (bytes) => this.#receive(bytes));
    this.#socket.on('error', (error) => this.destroy(reasonOf(error)));
    this.#socket.on('close', () => this.destroy('the server closed the connection'));
  }

  /** Where the other end is, once connected. */
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** Where it leads, for people, and how lines go there. */
  get how(): string {
    const { remoteAddress, remotePort } = this.#socket;
    const address = remoteAddress === undefined ? '' : ` at ${remoteAddress} port ${remotePort}`;
    return `${address}, ${this.isSecure ? 'TLS 1.3, ' : ''}each line at once`;
  }

  /** Whether there are bytes that the kernel has not taken yet. */
  get stalled(): boolean {
    return this.#waiting.length > 0;
  }

  /** True when it is over TLS and another one should take its place. */
  get isWornOut(): boolean {
    return this.#tls?.isWornOut === true;
  }

  /** Hands bytes to the kernel, now or as soon as it has room: until then they must stay as they are. */
  write(buffer: Buffer, start: number, end: number): void {
    if (!this.isSecure) {
      this.#hand(buffer, start, end);
      return;
    }
    let sealed: Buffer;
    try {
      if (this.#tls === undefined) throw new Error('there are no keys to seal with');
      sealed = this.#tls.seal(buffer, start, end);
    } catch (error) {
      this.destroy(reasonOf(error));
      return;
    }
    this.#hand(sealed, 0, sealed.length);
  }

  #hand(buffer: Buffer, start: number, end: number): void {
    const isFirst = this.#waiting.length === 0;
    let written = isFirst ? this.#tryWrite(buffer, start, end) : start;
    if (isFirst && this.#isLocal && written < end)
      written = this.#waitForRoom(buffer, written, end);
    if (written < end) this.#waiting.push({ buffer, start: written, end });
  }

  /** How far it got. Once for each stall: what comes behind this waits for the kernel like everything else. */
  #waitForRoom(buffer: Buffer, start: number, end: number): number {
    const deadline = this.#clock.steady() + ROOM_WITHIN_MS;
    let written = start;
    while (written < end && this.#clock.steady() < deadline) {
      pause(1);
      written = this.#tryWrite(buffer, written, end);
    }
    return written;
  }

  /** Tries again to hand over what waits; true when nothing does any more. */
  drain(): boolean {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      const written = this.#tryWrite(next.buffer, next.start, next.end);
      // As long as the kernel takes bytes, the other end is there.
      if (written > next.start) this.since = Math.max(this.since, this.#clock.steady());
      if (written < next.end) {
        next.start = written;
        return false;
      }
      this.#waiting.shift();
    }
    return true;
  }

  /** Looks without the event loop whether it is connected, or for received bytes; true when something was new. */
  poll(): boolean {
    if (this.#socket.destroyed) {
      // It could not even begin to connect; the event that says so comes in the next tick.
      this.destroy('the connection is gone');
      return true;
    }
    if (this.phase === 'connecting' && !this.connectsWithoutLoop) return false;
    const descriptor = this.#currentDescriptor();
    if (descriptor < 0) {
      // Node is closing it; its event comes at the end of the turn of the loop, which an exiting process does not reach.
      this.destroy('the connection is gone');
      return true;
    }
    try {
      if (this.phase === 'connecting') {
        // The kernel takes nothing, not even no bytes, before the connection is there.
        writeSync(descriptor, NOTHING);
        this.#connected();
        return true;
      }
      const received = withoutStack(() =>
        readSync(descriptor, receiveBuffer, 0, receiveBuffer.length, null),
      );
      if (received === 0) this.destroy('the server closed the connection');
      else this.#receive(receiveBuffer.subarray(0, received));
      return true;
    } catch (error) {
      if (this.#isNotYet(error as NodeJS.ErrnoException)) return false;
      this.destroy(reasonOf(error));
      return true;
    }
  }

  /** A kernel that has nothing to read or no room, or (macOS) is still connecting: a unix socket is connected at once, or never. */
  #isNotYet({ code }: NodeJS.ErrnoException): boolean {
    return code === 'EAGAIN' || (code === 'ENOTCONN' && !this.#isLocal);
  }

  /** Closes the connection and reports it; what it carried is for the listener to give back. */
  destroy(reason: string): void {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    if (this.endedByUs) this.#sayEnd();
    this.#waiting.length = 0;
    this.#handshake?.close();
    this.#tls = undefined;
    try {
      this.#socket.destroy();
    } finally {
      this.#listener.closed(this, reason);
    }
  }

  /** RFC 8446, section 6.1: a side says that it sends nothing any more, unless a record of it lies half written. */
  #sayEnd(): void {
    if (this.#tls === undefined || this.stalled || process.listenerCount('SIGPIPE') > 0) return;
    try {
      const sealed = this.#tls.sealEnd();
      this.#tryWrite(sealed, 0, sealed.length);
    } catch {
      // The key is at its limit: the connection ends without a word.
    }
  }

  #connected(): void {
    // Its event comes after `poll` has found out already.
    if (this.phase !== 'connecting') return;
    this.phase = 'idle';
    this.wasThere = true;
    if (this.#currentDescriptor() >= 0) this.#listener.connected(this);
    else this.#giveUp(NO_DESCRIPTOR);
  }

  #secure(endpoint: Endpoint): void {
    if (this.#currentDescriptor() < 0) {
      this.#giveUp(NO_DESCRIPTOR);
      return;
    }
    try {
      this.#handshake = this.#beginHandshake(endpoint);
      // The other end may have gone while the first bytes were sent.
      if (this.phase === 'closed') this.#handshake.close();
    } catch (error) {
      // Settings of TLS in this process that Node refuses, for example.
      this.#giveUp(reasonOf(error));
    }
  }

  #beginHandshake(endpoint: Endpoint): Handshake {
    return new Handshake(endpoint, {
      send: (bytes) => this.#hand(bytes, 0, bytes.length),
      secured: (secured) => {
        this.#handshake = undefined;
        this.#tls = new TlsSession(secured);
        this.#connected();
        // What came in together with the end of the handshake.
        this.#receive(NOTHING);
      },
      failed: (error) => this.destroy(reasonOf(error)),
      unsupported: (reason) => this.#giveUp(reason),
    });
  }

  #giveUp(reason: string): void {
    this.unsupported = reason;
    this.destroy(reason);
  }

  /** Node replaces the handle for each address of a name that it tries, and forgets `unref` with it. */
  #neverHoldTheLoop(): void {
    const unref = (): void => {
      this.#socket.unref();
    };
    unref();
    this.#socket.on('connectionAttempt', unref);
    this.#socket.on('connect', unref);
  }

  /** How far it got; to the end when the connection is gone. */
  #tryWrite(buffer: Buffer, start: number, end: number): number {
    // A write to a connection that has been reset would raise the signal that the application listens to.
    if (process.listenerCount('SIGPIPE') > 0) this.poll();
    const descriptor = this.#currentDescriptor();
    if (descriptor < 0) {
      this.destroy('the connection is gone');
      return end;
    }
    try {
      return start + writeSync(descriptor, buffer, start, end - start);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return start;
      this.destroy(reasonOf(error));
      return end;
    }
  }

  #receive(bytes: Uint8Array): void {
    if (this.phase === 'closed') return;
    if (this.#handshake !== undefined) {
      this.#handshake.receive(bytes);
      return;
    }
    try {
      const { content, end } = this.#tls?.open(bytes) ?? { content: bytes, end: undefined };
      const answer = this.#answers.read(content);
      if (answer !== undefined) {
        const reusable = answer.reusable && end === undefined;
        this.#listener.answered(this, { ...answer, reusable });
      }
      if (end !== undefined) this.destroy(end.message);
    } catch (error) {
      this.destroy(reasonOf(error));
    }
  }

  /** The plain descriptor under the socket, or -1. It is asked for once: a closed socket has no handle any more. */
  #currentDescriptor(): number {
    // A system call that fails, as most looks for an answer do, would end the process if the application has put a
    // setter there that throws.
    if ('errno' in Object.prototype) return -1;
    const { _handle: handle } = this.#socket as unknown as { _handle?: Handle | null };
    if (handle !== this.#handle || this.#descriptor < 0) {
      this.#handle = handle;
      this.#descriptor = handle?.fd ?? -1;
    }
    return this.#descriptor;
  }
}

/** Most looks find nothing, which Node tells by an error; the stack would be two thirds of what that costs. */
function withoutStack<Result>(act: () => Result): Result {
  const limit = Error.stackTraceLimit;
  // Where somebody has frozen or removed it, errors are what they are there.
  const isSet = typeof limit === 'number' && Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return act();
  } finally {
    if (isSet) Error.stackTraceLimit = limit;
  }
}

/**
 * Node begins to connect to an address in the next tick. The tick of this call begins at once. (To the address that a lookup
 * gives it connects at once as well, but it takes the name for an address of IPv6 first, whose pattern costs 5 ms to compile.)
 */
function withoutWaiting<Result>(connect: () => Result): Result {
  const { nextTick } = process;
  const restore = () => Reflect.set(process, 'nextTick', nextTick);
  Reflect.set(process, 'nextTick', (begin: (...args: unknown[]) => void, ...args: unknown[]) => {
    restore();
    begin(...args);
  });
  try {
    return connect();
  } finally {
    restore();
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message ?? String(error);
}
