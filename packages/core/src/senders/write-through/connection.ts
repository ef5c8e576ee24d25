/** One connection, over TCP or a unix socket, with at most one request. Its bytes go to the kernel before the call returns. */
import fs from 'node:fs';
import type { Socket } from 'node:net';
import { guarded } from '../../process/guard.ts';
import { random } from '../../process/random.ts';
import { type Clock, pause } from '../../process/timers.ts';
import { type BlockRange, takeFirst } from '../block.ts';
import { type Endpoint, reached } from '../endpoint.ts';
import { type Answer, AnswerReader } from './answer.ts';
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

/** What happens to a connection. `closed` comes once, whatever the reason. */
export type ConnectionEvent =
  | { readonly kind: 'connected' }
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'closed'; readonly reason: string };

/** Told by a connection, from events and from within its own methods. */
export type ConnectionListener = (connection: Connection, event: ConnectionEvent) => void;

/** Bytes for the kernel. Their memory must not change until the kernel has them. */
interface PendingWrite {
  buffer: Buffer;
  start: number;
  end: number;
}

/** The handle of a socket, as far as it matters here. */
interface Handle {
  readonly fd?: number;
}

// Taken before a hook can replace them: our own traffic must not be captured.
const { writeSync, readSync } = fs;
const NOTHING = Buffer.alloc(0);
/**
 * A unix socket takes about 170 writes (Linux, by default) until the server reads some: the kernel counts more than a kilobyte
 * for each. A burst is faster than a busy server, so we wait this long. TCP takes megabytes.
 */
const ROOM_WITHIN_MS = 100;
/**
 * mock-fs replaces what is beneath `fs`, so that the functions that we hold do not know the descriptors of sockets, either:
 * https://github.com/tschaub/mock-fs/blob/main/lib/binding.js
 */
const MOCKED = 'EBADF';
const MAX_EARLY_MS = 10_000;
/**
 * A segment for each line costs half of what a line costs, and wakes the server. So lines of a burst wait in the kernel for this
 * long, or for the server's acknowledgement of what has left. The kernel of a process that dies sends them.
 */
const GATHER_MS = 1;
/** Two lines cost less as two segments. */
const ENOUGH_CLOSE_LINES = 2;
/** Linux sends what it has held when Nagle's algorithm is turned off: https://man7.org/linux/man-pages/man7/tcp.7.html */
const CAN_GATHER = process.platform === 'linux';
const NO_DESCRIPTOR = 'this platform shows no descriptor of a socket';
const receiveBuffer = Buffer.allocUnsafeSlow(16 * 1024);

/** A connection. It begins to connect when it is made, and never reconnects. */
export class Connection {
  phase: Phase = 'connecting';
  /** Lines of the current request. */
  ranges: BlockRange[] = [];
  requestLines = 0;
  /** Bytes of the lines of the current request. */
  requestBytes = 0;
  /** When the current request began or ended, or when the connection was last used, by the steady clock. */
  since: number;
  /** When it was made. */
  madeAt: number;
  /** It is renewed so much earlier than it must be: a fleet that starts together does not reconnect together. */
  readonly earlyMs: number = random() * MAX_EARLY_MS;
  /** When it last got lines, or was made. */
  linesAt: number;
  /** False until a first request is answered. The server closes an unused connection after five seconds. */
  used = false;
  /** False while the name of the host is being looked up. */
  isLookedUp: boolean;
  /** False until it is connected. */
  wasConnected = false;
  /** True when we close it on purpose. */
  endedByUs = false;
  /** Why connections like this can never be used here. */
  unsupported: string | undefined;
  /** Whether it uses TLS. */
  readonly isSecure: boolean;
  /** True while files are mocked beneath `fs`: only the event loop learns what the server says. */
  isBlind = false;
  /** Whether `poll` can find out without the event loop that it is connected. */
  connectsWithoutLoop = false;
  /** Over a unix socket. */
  readonly #isLocal: boolean;
  readonly #address: string | undefined;
  readonly #clock: Clock;
  readonly #waiting: PendingWrite[] = [];
  readonly #socket: Socket;
  readonly #listener: ConnectionListener;
  readonly #answers = new AnswerReader();
  #handshake: Handshake | undefined;
  #tls: TlsSession | undefined;
  #handle: Handle | null | undefined;
  #descriptor = -1;
  #closeLines = 0;
  /** Runs while Nagle's algorithm is on. */
  #gathering: NodeJS.Timeout | undefined;

  /**
   * @param address The address of the host; undefined when its name must be looked up, which takes the event loop.
   * @param begin `next tick` is for callers that let the event loop run. It is cheaper: the first connection that a process
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
    this.#address = address;
    this.isSecure = endpoint.protocol === 'https:';
    this.since = this.madeAt = this.linesAt = clock.steady();
    const { port, socketPath } = endpoint;
    this.#isLocal = socketPath !== '';
    this.isLookedUp = address !== undefined;
    const host = address ?? endpoint.hostname;
    const to = this.#isLocal ? { path: socketPath } : { port, host };
    // Node always begins to connect to a unix socket at once.
    const hurries = address !== undefined && begin === 'now' && !this.#isLocal;
    this.#socket = connectedSocket(to, hurries ? 'now' : 'next tick');
    if (address !== undefined && !this.isSecure) {
      const begun = () => {
        this.connectsWithoutLoop = this.#currentDescriptor() >= 0;
      };
      if (hurries || this.#isLocal) begun();
      else process.nextTick(guarded(begun));
    }
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
    this.#when('close', () => this.destroy('the server closed the connection'));
  }

  /** What we throw while an event is handled fails this connection. */
  #when<Args extends unknown[]>(event: string, act: (...args: Args) => void): void {
    this.#socket.on(event, guarded(act, (error) => this.destroy(reasonOf(error))) as () => void);
  }

  /** The address of the other end, once connected. The socket knows it only after a turn of the event loop. */
  get remoteAddress(): string | undefined {
    return this.#address ?? this.#socket.remoteAddress;
  }

  /** Where it leads and how lines are sent, in words. */
  get how(): string {
    return `${reached(this.#socket)}, ${this.isSecure ? 'TLS 1.3, ' : ''}each line at once`;
  }

  /** Whether there are bytes that the kernel has not yet taken. */
  get stalled(): boolean {
    return this.#waiting.length > 0;
  }

  /** Lines of the current request that the kernel has not taken whole. */
  get untakenLines(): number {
    const { phase, ranges } = this;
    let bytes = this.#waiting.reduce((sum, { start, end }) => sum + end - start, 0);
    if (phase === 'awaiting') bytes -= LAST_CHUNK.length;
    let lines = 0;
    for (let at = ranges.length - 1; at >= 0 && bytes > 0; at--) {
      const { block, from, to } = ranges[at] as BlockRange;
      for (let line = to - 1; line >= from && bytes > 0; line--, lines++)
        bytes -= block.endOf(line) - block.startOf(line);
    }
    return lines;
  }

  /** Forgets the current request, and returns its lines. */
  takeRanges(): BlockRange[] {
    const { ranges } = this;
    this.ranges = [];
    this.requestLines = this.requestBytes = 0;
    return ranges;
  }

  /** Gives up the first lines of the current request: as many as take so many bytes, but at least one. */
  giveUp(maxBytes: number): BlockRange[] {
    // Their memory may be used again once they are delivered elsewhere.
    for (const write of this.#waiting) {
      write.buffer = Buffer.from(write.buffer.subarray(write.start, write.end));
      write.end -= write.start;
      write.start = 0;
    }
    return takeFirst(this.ranges, maxBytes);
  }

  /** Adds lines to the current request. */
  carry(range: BlockRange): void {
    const last = this.ranges[this.ranges.length - 1];
    this.requestLines += range.to - range.from;
    this.requestBytes += range.bytes;
    if (last !== undefined && last.block === range.block && last.to === range.from) {
      last.to = range.to;
      last.bytes += range.bytes;
    } else this.ranges.push(range);
  }

  /** True when it uses TLS and another one should take its place. */
  get isNearKeyLimit(): boolean {
    return this.#tls?.isNearKeyLimit === true;
  }

  /** Called before lines of an open request. From the third that is close to the one before, they leave together. */
  gather(sinceLastMs: number): void {
    this.#closeLines = sinceLastMs < GATHER_MS ? this.#closeLines + 1 : 0;
    const isClose = this.#closeLines >= ENOUGH_CLOSE_LINES && !this.#isLocal;
    if (!isClose || this.#gathering !== undefined || !CAN_GATHER) return;
    this.#socket.setNoDelay(false);
    this.#gathering = this.#clock.timers.start(() => this.leave(), GATHER_MS);
    this.#gathering.unref();
  }

  /** Sends what is gathered. */
  leave(): void {
    if (this.#gathering === undefined) return;
    this.#clock.timers.stop(this.#gathering);
    this.#gathering = undefined;
    this.#socket.setNoDelay(true);
  }

  /** Hands bytes to the kernel, now or as soon as it has room. Until then they must not change. */
  write(buffer: Buffer, start: number, end: number): void {
    if (!this.isSecure) {
      this.#hand(buffer, start, end);
      return;
    }
    let records: Buffer;
    try {
      if (this.#tls === undefined) throw new Error('there are no keys');
      records = this.#tls.encrypt(buffer, start, end);
    } catch (error) {
      this.destroy(reasonOf(error));
      return;
    }
    this.#hand(records, 0, records.length);
  }

  #hand(buffer: Buffer, start: number, end: number): void {
    const isFirst = this.#waiting.length === 0;
    let written = isFirst ? this.#tryWrite(buffer, start, end) : start;
    if (isFirst && this.#isLocal && written < end)
      written = this.#waitForRoom(buffer, written, end);
    if (written < end) this.#waiting.push({ buffer, start: written, end });
  }

  /** Waits a moment for room; returns how far it got. Done once for each stall: later bytes go straight to `#waiting`. */
  #waitForRoom(buffer: Buffer, start: number, end: number): number {
    const deadline = this.#clock.steady() + ROOM_WITHIN_MS;
    let written = start;
    while (written < end && this.#clock.steady() < deadline) {
      pause(1);
      written = this.#tryWrite(buffer, written, end);
    }
    return written;
  }

  /** Tries again to hand over what waits. True when nothing is left. */
  drain(): boolean {
    while (this.#waiting.length > 0) {
      const next = this.#waiting[0] as PendingWrite;
      const written = this.#tryWrite(next.buffer, next.start, next.end);
      // As long as the kernel takes bytes, the other end is there.
      if (written > next.start) this.since = this.#clock.steady();
      if (written < next.end) {
        next.start = written;
        return false;
      }
      this.#waiting.shift();
    }
    return true;
  }

  /** Checks without the event loop whether it is connected, or has received bytes. True when something is new. */
  poll(): boolean {
    if (this.#socket.destroyed) {
      // It could not even begin to connect. The event that says so comes in the next tick.
      this.destroy(this.#whyGone());
      return true;
    }
    if (this.phase === 'connecting' && !this.connectsWithoutLoop) return false;
    const descriptor = this.#currentDescriptor();
    if (descriptor < 0) {
      // Node is closing it. Its event comes at the end of the loop's turn, which an exiting process does not reach.
      this.destroy(this.#whyGone());
      return true;
    }
    try {
      if (this.phase === 'connecting') {
        // Before the connection is there, the kernel refuses even a write of no bytes.
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

  /** The kernel has nothing to read or no room, or (macOS) still connects. A unix socket is connected at once or never. */
  #isNotYet({ code }: NodeJS.ErrnoException): boolean {
    this.isBlind = code === MOCKED;
    if (this.isBlind) return true;
    return code === 'EAGAIN' || (code === 'ENOTCONN' && !this.#isLocal);
  }

  /** Closes the connection and reports it. The listener has to give back what it carried. */
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
      this.tellClosed(reason);
    }
  }

  /** Tells the listener that it is closed. */
  tellClosed(reason: string): void {
    this.#listener(this, { kind: 'closed', reason });
  }

  #whyGone(): string {
    const { errored } = this.#socket;
    return errored === null ? 'the connection is gone' : reasonOf(errored);
  }

  /** RFC 8446, section 6: says that and why we send no more, unless a record is only half written. */
  #sayEnd(): void {
    if (this.#tls === undefined || this.stalled || process.listenerCount('SIGPIPE') > 0) return;
    try {
      const record = this.#tls.encryptEnd();
      if (record !== undefined) this.#tryWrite(record, 0, record.length);
    } catch {
      // The key is at its limit: the connection ends without notice.
    }
  }

  #connected(): void {
    // The event may come after `poll` has already found out.
    if (this.phase !== 'connecting') return;
    this.phase = 'idle';
    this.wasConnected = true;
    this.since = this.madeAt = this.#clock.steady();
    if (this.#currentDescriptor() >= 0) this.#listener(this, { kind: 'connected' });
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
      // For example, Node refuses the TLS settings of this process.
      this.#giveUp(reasonOf(error));
    }
  }

  #beginHandshake(endpoint: Endpoint): Handshake {
    const send = (bytes: Buffer): void => this.#hand(bytes, 0, bytes.length);
    return new Handshake(endpoint, send, (result) => {
      if (result.kind === 'secured') {
        this.#handshake = undefined;
        this.#tls = new TlsSession(result.secured);
        this.#connected();
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

  /** Returns how far it got; `end` when the connection is gone. */
  #tryWrite(buffer: Buffer, start: number, end: number): number {
    // If the connection was reset, a write would raise the signal that the application listens to.
    if (process.listenerCount('SIGPIPE') > 0) this.poll();
    const descriptor = this.#currentDescriptor();
    if (descriptor < 0) {
      this.destroy(this.#whyGone());
      return end;
    }
    // What its own handle has not sent comes first.
    if (this.#socket.writableLength > 0) return this.#writeByHandle(buffer, start, end);
    try {
      return start + writeSync(descriptor, buffer, start, end - start);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return start;
      if (code === MOCKED) return this.#writeByHandle(buffer, start, end);
      this.destroy(reasonOf(error));
      return end;
    }
  }

  /** The handle tries at once, too, and keeps what the kernel does not take. If it has gone as well, an event says so. */
  #writeByHandle(buffer: Buffer, start: number, end: number): number {
    this.#socket.write(Buffer.from(buffer.subarray(start, end)));
    return end;
  }

  #receive(bytes: Uint8Array): void {
    if (this.phase === 'closed') return;
    if (this.#handshake !== undefined) {
      this.#handshake.receive(bytes);
      return;
    }
    try {
      const { content, end } = this.#tls?.decrypt(bytes) ?? { content: bytes, end: undefined };
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

  /** The file descriptor of the socket, or -1. It is read once for each handle; a closed socket has no handle. */
  #currentDescriptor(): number {
    // If the application has put a setter there that throws, a system call that fails would end the process. Most looks for
    // an answer fail.
    if ('errno' in Object.prototype) return -1;
    const { _handle: handle } = this.#socket as unknown as { _handle?: Handle | null };
    if (handle !== this.#handle || this.#descriptor < 0) {
      this.#handle = handle;
      this.#descriptor = handle?.fd ?? -1;
    }
    return this.#descriptor;
  }
}

/** Most looks find nothing, which Node reports with an error. Its stack would be two thirds of the cost. */
function withoutStack<Result>(act: () => Result): Result {
  const limit = Error.stackTraceLimit;
  // If the application has frozen or removed the limit, it stays as it is.
  const isSet = typeof limit === 'number' && Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    return act();
  } finally {
    if (isSet) Error.stackTraceLimit = limit;
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message ?? String(error);
}
