/** One TCP connection whose bytes go to the kernel before the call returns, with at most one request on it. */
import fs from 'node:fs';
import net from 'node:net';
import { wallClock } from '../../process/timers.ts';
import type { Endpoint } from '../endpoint.ts';
import type { Span } from '../span.ts';
import { type Answer, AnswerReader } from './answer.ts';

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

// Taken before any hook replaces them: our own traffic is nobody's output.
const { writeSync, readSync } = fs;
const NOTHING = Buffer.alloc(0);
const receiveBuffer = Buffer.allocUnsafeSlow(16 * 1024);

/** A connection; made connecting, and never reconnected. */
export class Connection {
  phase: Phase = 'connecting';
  /** Lines of the request in progress. */
  spans: Span[] = [];
  /** Bytes of the request in progress. */
  requestBytes = 0;
  /** When the request in progress was begun, or the connection was last used. */
  since: number;
  /** The same by the wall clock, for an idle connection. */
  idleSince: number = wallClock();
  /** False until a first request was answered; the server closes such a connection after five seconds. */
  used = false;
  /** False until it is connected. */
  wasThere = false;
  /** Whether `poll` can tell that the connection is there, without the event loop. */
  connectsWithoutLoop = false;
  #rest: Buffer = NOTHING;
  readonly #socket: net.Socket;
  readonly #listener: ConnectionListener;
  readonly #answers = new AnswerReader();

  /**
   * @param address where the host is; undefined when its name has to be looked up, which takes the event loop.
   * @param begin `next tick` is cheaper and for who lets the event loop turn: the first connection that a process begins
   *   `now` takes 5 ms longer.
   */
  constructor(
    endpoint: Endpoint,
    address: string | undefined,
    listener: ConnectionListener,
    now: number,
    begin: 'now' | 'next tick' = 'now',
  ) {
    this.#listener = listener;
    this.since = now;
    this.#socket = net.connect({
      port: endpoint.port,
      noDelay: true,
      ...(address !== undefined && begin === 'now'
        ? connectingAtOnce(address)
        : { host: address ?? endpoint.hostname }),
    });
    if (address !== undefined) {
      const begun = () => {
        this.connectsWithoutLoop = this.#descriptor() !== undefined;
      };
      if (begin === 'now') begun();
      else process.nextTick(begun);
    }
    this.#socket.unref();
    this.#socket.on('connect', () => this.#connected());
    this.#socket.on('data', (bytes) => this.#receive(bytes));
    this.#socket.on('error', (error) => this.destroy(reasonOf(error)));
    this.#socket.on('close', () => this.destroy('the server closed the connection'));
  }

  /** Where the other end is, once connected. */
  get remoteAddress(): string | undefined {
    return this.#socket.remoteAddress;
  }

  /** Bytes that the kernel has not taken yet. */
  get stalled(): boolean {
    return this.#rest.length > 0;
  }

  /** Hands the first so many bytes to the kernel, now or as soon as it has room. What is left is copied. */
  write(bytes: Buffer, length: number = bytes.length): void {
    if (this.#rest.length > 0) {
      this.#rest = Buffer.concat([this.#rest, bytes.subarray(0, length)]);
      return;
    }
    const written = this.#tryWrite(bytes, length);
    if (written < length) this.#rest = Buffer.from(bytes.subarray(written, length));
  }

  /** Tries again to hand over what is left; true when nothing is. */
  drain(): boolean {
    if (this.#rest.length > 0) {
      const written = this.#tryWrite(this.#rest, this.#rest.length);
      if (written > 0) this.#rest = this.#rest.subarray(written);
    }
    return this.#rest.length === 0;
  }

  /** Looks without the event loop whether it is connected, or for received bytes; true when something was new. */
  poll(): boolean {
    if (this.phase === 'connecting' && !this.connectsWithoutLoop) return false;
    const descriptor = this.#descriptor();
    if (descriptor === undefined) {
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
      if (NOT_YET.has((error as NodeJS.ErrnoException).code)) return false;
      this.destroy(reasonOf(error));
      return true;
    }
  }

  /** Closes the connection and reports it; what it carried is for the listener to give back. */
  destroy(reason: string): void {
    if (this.phase === 'closed') return;
    this.phase = 'closed';
    this.#rest = NOTHING;
    this.#socket.destroy();
    this.#listener.closed(this, reason);
  }

  #connected(): void {
    // Its event comes after `poll` has found out already.
    if (this.phase !== 'connecting') return;
    this.phase = 'idle';
    this.wasThere = true;
    if (this.#descriptor() === undefined) this.destroy(NO_DESCRIPTOR);
    else this.#listener.connected(this);
  }

  #tryWrite(bytes: Buffer, length: number): number {
    const descriptor = this.#descriptor();
    if (descriptor === undefined) {
      this.destroy('the connection is gone');
      return length;
    }
    try {
      return writeSync(descriptor, bytes, 0, length);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      this.destroy(reasonOf(error));
      return length;
    }
  }

  #receive(bytes: Uint8Array): void {
    if (this.phase === 'closed') return;
    try {
      const answer = this.#answers.read(bytes);
      if (answer !== undefined) this.#listener.answered(this, answer);
    } catch (error) {
      this.destroy(reasonOf(error));
    }
  }

  /** The plain descriptor under the socket. Asked for anew each time: once closed, its number may be another file's. */
  #descriptor(): number | undefined {
    const handle = (this.#socket as unknown as { _handle?: { fd?: number } | null })._handle;
    const descriptor = handle?.fd;
    return descriptor === undefined || descriptor < 0 ? undefined : descriptor;
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

/** A kernel that has nothing to read or no room, or (macOS) is still connecting. */
const NOT_YET: ReadonlySet<string | undefined> = new Set(['EAGAIN', 'ENOTCONN']);

/**
 * Node begins to connect to an address in the next tick, but to what a lookup gives as soon as it is given. It takes the
 * name that is looked up for an address of IPv6 first, and compiles its pattern of one for milliseconds.
 */
function connectingAtOnce(address: string): Omit<net.TcpNetConnectOpts, 'port'> {
  const family = net.isIP(address);
  return {
    host: 'server',
    autoSelectFamily: false,
    lookup: (_host, _options, found) => found(null, address, family),
  };
}

/** Reason given when the platform shows no descriptor; the portable sender takes over then. */
export const NO_DESCRIPTOR = 'this platform shows no descriptor of a socket';

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message ?? String(error);
}
