/** The descriptor of a socket: bytes go to the kernel before the call returns, and are read from it without the event loop. */
import fs from 'node:fs';
import type { Socket } from 'node:net';
import { type Clock, pause } from '../../process/timers.ts';

/** Bytes for the kernel. Their memory must not change until the kernel has them. */
export interface PendingWrite {
  buffer: Buffer;
  start: number;
  end: number;
  /** If it is encrypted: how many bytes of requests it holds. */
  readonly plain: number | undefined;
}

type Handle = { readonly fd?: number } | null | undefined;

// Taken before a hook can replace them: our own traffic must not be captured.
const { writeSync, writevSync, readSync } = fs;
const NOTHING = Buffer.alloc(0);
/**
 * A unix socket takes only about 170 writes (Linux, by default) until the server reads some: the kernel counts more than a kilobyte
 * for each. A burst is faster than a busy server, so a write waits this long for room: on a machine with eight busy programs on two
 * cores, a server may not run for 100 ms. TCP takes megabytes.
 */
const ROOM_WITHIN_MS = 300;
/**
 * mock-fs replaces what is beneath `fs`, so the functions that we hold do not know the descriptors of sockets any more:
 * https://github.com/tschaub/mock-fs/blob/main/lib/binding.js
 */
const MOCKED = 'EBADF';
/**
 * A segment for each line costs half of what a line costs, and wakes the server. So lines of a burst wait in the kernel for this
 * long, or for the server's acknowledgement of what has left. The kernel of a process that dies sends them.
 */
const GATHER_MS = 1;
/** Two lines cost less as two segments. */
const ENOUGH_CLOSE_LINES = 2;
/** Linux sends what it has held when Nagle's algorithm is turned off: https://man7.org/linux/man-pages/man7/tcp.7.html */
const CAN_GATHER = process.platform === 'linux';
const MAX_PLAINTEXT_BYTES = 2 ** 14;
/** A full TLS record: RFC 8446, section 5.2. */
const RECORD_BYTES = MAX_PLAINTEXT_BYTES + 22;
const receiveBuffer = Buffer.allocUnsafeSlow(16 * 1024);

export class Descriptor {
  /** True while files are mocked beneath `fs`: answers can then be read only in the event loop. */
  isBlind = false;
  readonly #socket: Socket;
  /** Over a unix socket. */
  readonly #isLocal: boolean;
  readonly #clock: Clock;
  readonly #poll: () => void;
  readonly #failed: (reason: string) => void;
  /** What the kernel had no room for. */
  readonly waiting: PendingWrite[] = [];
  #handle: Handle;
  #number = -1;
  #closeLines = 0;
  /** Runs while Nagle's algorithm is on. */
  #gathering: NodeJS.Timeout | undefined;

  /**
   * @param poll Looks for what the server has sent.
   * @param failed Called with the reason when the connection is gone.
   */
  constructor(
    socket: Socket,
    isLocal: boolean,
    clock: Clock,
    poll: () => void,
    failed: (reason: string) => void,
  ) {
    this.#socket = socket;
    this.#isLocal = isLocal;
    this.#clock = clock;
    this.#poll = poll;
    this.#failed = failed;
  }

  /** The file descriptor of the socket, or -1. It is read once for each handle; a closed socket has no handle. */
  get number(): number {
    // If the application has put a setter there that throws, a failing system call would end the process. Most reads of an answer
    // fail, because there is none yet.
    if ('errno' in Object.prototype) return -1;
    const { _handle: handle } = this.#socket as unknown as { _handle: Handle };
    if (handle !== this.#handle || this.#number < 0) {
      this.#handle = handle;
      this.#number = handle?.fd ?? -1;
    }
    return this.#number;
  }

  /** Why there is no descriptor any more. */
  get whyGone(): string {
    const { errored } = this.#socket;
    // See `CUT`.
    return errored === null ? 'the connection is gone' : reasonOf(errored);
  }

  /** Whether there are bytes that the kernel has not yet taken. */
  get stalled(): boolean {
    return this.waiting.length > 0;
  }

  /** How many bytes of requests the kernel has not yet taken. A TLS record counts until it is whole: nobody can decrypt its beginning. */
  get waitingBytes(): number {
    return this.waiting.reduce((sum, { start, end, plain }) => {
      if (plain === undefined) return sum + end - start;
      return sum + plain - Math.floor(start / RECORD_BYTES) * MAX_PLAINTEXT_BYTES;
    }, 0);
  }

  /**
   * Hands bytes to the kernel, now or as soon as it has room. Until then they must not change.
   *
   * @param plain How many bytes of requests they are, if the buffer holds full TLS records and a last one.
   */
  write(buffer: Buffer, start: number, end: number, plain?: number): void {
    const isFirst = this.waiting.length === 0;
    let written = isFirst ? this.#tryWrite(buffer, start, end) : start;
    if (isFirst && this.#isLocal && written < end)
      written = this.#waitForRoom(buffer, written, end);
    if (written < end) this.waiting.push({ buffer, start: written, end, plain });
  }

  /** Tries again to hand over what waits. True when nothing is left. */
  drain(): boolean {
    while (this.waiting.length > 0) {
      const next = this.waiting[0] as PendingWrite;
      next.start = this.#tryWrite(next.buffer, next.start, next.end);
      if (next.start < next.end) return false;
      this.waiting.shift();
    }
    return true;
  }

  /** Ends the connection, after these bytes if the kernel takes them at once. */
  end(last?: Buffer): void {
    if (last !== undefined) this.#tryWrite(last, 0, last.length);
    this.waiting.length = 0;
  }

  /** Called before each line of an open request. From the third line on that closely follows another, lines leave together. */
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

  /** What the server has sent; no bytes at the end. Throws when there is nothing. */
  read(): Uint8Array {
    const received = withoutStack(() =>
      readSync(this.number, receiveBuffer, 0, receiveBuffer.length, null),
    );
    return receiveBuffer.subarray(0, received);
  }

  /** Throws unless it is connected: before that, the kernel refuses even a write of no bytes. */
  checkConnected(): void {
    writeTo(this.number, NOTHING);
  }

  /** The kernel has nothing to read or no room, or (macOS) still connects. A unix socket is connected at once or never. */
  isNotYet({ code }: NodeJS.ErrnoException): boolean {
    this.isBlind = code === MOCKED;
    return this.isBlind || code === 'EAGAIN' || (code === 'ENOTCONN' && !this.#isLocal);
  }

  /** Waits a moment for room; returns how far it got. Done once for each stall: later bytes go straight to `waiting`. */
  #waitForRoom(buffer: Buffer, start: number, end: number): number {
    const deadline = this.#clock.steady() + ROOM_WITHIN_MS;
    let written = start;
    while (written < end && this.#clock.steady() < deadline) {
      pause(1);
      written = this.#tryWrite(buffer, written, end);
    }
    return written;
  }

  /** Returns how far it got; `end` when the connection is gone. */
  #tryWrite(buffer: Buffer, start: number, end: number): number {
    // If the connection was reset, a write would raise the signal that the application listens to.
    if (process.listenerCount('SIGPIPE') > 0) this.#poll();
    const descriptor = this.number;
    if (descriptor < 0) {
      this.#failed(this.whyGone);
      return end;
    }
    // Node's own handle still has bytes that come first.
    if (this.#socket.writableLength > 0) return this.#writeByHandle(buffer, start, end);
    try {
      return start + writeTo(descriptor, buffer, start, end);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EAGAIN') return start;
      if (code === MOCKED) return this.#writeByHandle(buffer, start, end);
      this.#failed(reasonOf(error));
      return end;
    }
  }

  /** The handle tries at once, too, and keeps what the kernel does not take. If it has gone as well, an event says so. */
  #writeByHandle(buffer: Buffer, start: number, end: number): number {
    this.#socket.write(Buffer.from(buffer.subarray(start, end)));
    return end;
  }
}

/** If there is an `error` on `Object.prototype`, Node's `writeSync` takes it for its own, and throws although it has written. */
function writeTo(descriptor: number, buffer: Buffer, start = 0, end = buffer.length): number {
  if ('error' in Object.prototype) return writevSync(descriptor, [buffer.subarray(start, end)]);
  return writeSync(descriptor, buffer, start, end - start);
}

/** Most reads find nothing, which Node reports with an error. Its stack would be two thirds of the cost. */
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

/** The code of an error, or else its message. */
export function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message ?? String(error);
}
