/** The last resort without a usable connection and without the event loop: a thread that sends what is left. */
import { isIP } from 'node:net';
import type { Worker } from 'node:worker_threads';
import { bareOptions } from '../process/bare-options.ts';
import { otherThreads } from '../process/exit.ts';
import { OWN_THREAD } from '../process/own-thread.ts';
import { takeStandardNumbers } from '../process/standard-numbers.ts';
import { nodeTimers, steadyClock } from '../process/timers.ts';
import { type BlockRange, bytesIn, bytesOf } from './block.ts';
import type { Endpoint } from './endpoint.ts';
import type { ThreadData } from './exit-thread/program.ts';
import { PROGRAM } from './exit-thread/program-text.ts';
import { type Limits, type Position, STAGE, sharedWord, Watch } from './exit-thread/protocol.ts';
import { tlsPolicy } from './exit-thread/tls-policy.ts';
import { CUT } from './outcome.ts';
import { justFound } from './write-through/socket.ts';

export type { Limits as ThreadLimits } from './exit-thread/protocol.ts';

const MAX_REASON_BYTES = 255;
/** How often the process looks for what its own connections receive. */
const LOOK_EVERY_MS = 5;

interface Thread {
  readonly worker: Worker;
  readonly data: ThreadData;
  /** What it was given as its first message. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A thread that has sent all that it was given. It is kept, because more lines may come before the event loop goes on, and a new one takes 30 to 150 ms. */
let kept: Thread | undefined;
/** Whether a timer is about to end it. */
let ends = false;

interface Posted {
  readonly ranges: readonly BlockRange[];
  readonly since: number;
}

interface Acknowledged extends Posted {
  /** How long the server took. What the thread and its connection took says nothing about the server. */
  readonly ms: number;
}

/** Sends one request after the other. It blocks, so it works in an `exit` listener, where the event loop does not run. */
export class ExitThread {
  /** The request that was begun last, unless it is acknowledged. */
  request: Posted | undefined;
  /** True when the thread has failed, or the time is up. */
  isOver = false;
  readonly #thread: Thread;
  readonly #watch: Watch;
  #acknowledged: number;

  /** @throws Error when threads are forbidden (`--permission`), none is left, or a credential cannot be read. */
  constructor(endpoint: Endpoint, headers: Readonly<Record<string, string>>, limits: Limits) {
    const isSame = kept?.data.endpoint === endpoint && kept.headers === headers;
    if (!isSame) endKept();
    this.#thread = kept ?? start(endpoint, headers);
    kept = undefined;
    this.#watch = new Watch(sharedWord(this.#thread.data.word), limits, steadyClock);
    this.#acknowledged = this.#watch.position.acknowledged;
  }

  /** Begins a request, with or without lines. The one before must have been acknowledged. */
  post(ranges: readonly BlockRange[]): void {
    this.request = { ranges, since: steadyClock() };
    // In memory of its own, which can be transferred.
    const body = new Uint8Array(bytesIn(ranges));
    let at = 0;
    for (const range of ranges) {
      body.set(bytesOf(range), at);
      at += range.bytes;
    }
    this.#thread.worker.postMessage(body, [body.buffer]);
  }

  /** Waits a moment. Returns the request if it is acknowledged. */
  wait(): Acknowledged | undefined {
    this.isOver = !this.#watch.wait(LOOK_EVERY_MS);
    const { request } = this;
    if (this.#watch.position.acknowledged === this.#acknowledged) return undefined;
    this.#acknowledged++;
    this.request = undefined;
    return request && { ...request, ms: new Int32Array(this.#thread.data.took)[0] ?? 0 };
  }

  /** Nothing more is sent. Returns whether the server may have the last request, and why it was not acknowledged. */
  end(): { readonly isInFlight: boolean; readonly isBroken: boolean; readonly reason: string } {
    if (this.isOver || this.request !== undefined) void this.#thread.worker.terminate();
    else keep(this.#thread);
    const { position } = this.#watch;
    const reason = position.isEnded
      ? textIn(this.#thread.data.reason)
      : whyGivenUp(position, this.#watch.limitMs);
    const { isInFlight, isEnded } = position;
    return { isInFlight, isBroken: isEnded && (isInFlight || CUT.test(reason)), reason };
  }
}

/** Keeps it until the event loop goes on, which may never be. */
function keep(thread: Thread): void {
  kept = thread;
  if (ends) return;
  ends = true;
  nodeTimers
    .start(() => {
      ends = false;
      endKept();
    }, 0)
    .unref();
}

/** Calls `terminate` once: each call would add a listener. */
function endKept(): void {
  void kept?.worker.terminate();
  kept = undefined;
}

function start(endpoint: Endpoint, headers: Readonly<Record<string, string>>): Thread {
  // A program may have put another one in its place.
  const { Worker = process.getBuiltinModule('node:worker_threads').Worker } = otherThreads;
  const data: ThreadData = {
    endpoint,
    word: new SharedArrayBuffer(4),
    took: new SharedArrayBuffer(4),
    reason: new SharedArrayBuffer(1 + MAX_REASON_BYTES),
    tls: endpoint.protocol === 'https:' ? tlsPolicy() : undefined,
    addresses: justFound(endpoint.hostname)?.map(({ address }) => ({
      address,
      family: isIP(address),
    })),
  };
  const options = {
    [OWN_THREAD]: true,
    eval: true,
    // Neither the application's preloads nor its environment belong in this thread.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    workerData: data,
  };
  // As they are now. Throws if a credential cannot be read.
  const sentHeaders = { ...headers };
  takeStandardNumbers();
  const worker = new Worker(PROGRAM, bareOptions(options));
  worker.unref();
  // Not with the other data: `NODE_DEBUG=worker` prints that.
  worker.postMessage(sentHeaders);
  // `reason` says what failed in the thread. Without a listener, the error would reach the application, too.
  worker.on('error', () => {});
  return { worker, data, headers };
}

function textIn(memory: SharedArrayBuffer): string {
  const [length = 0, ...bytes] = new Uint8Array(memory);
  return Buffer.from(bytes.slice(0, length)).toString();
}

function whyGivenUp({ stage }: Position, limitMs: number): string {
  const isConnecting = stage === STAGE.running || stage === STAGE.resolved;
  const what = stage === STAGE.starting ? 'thread' : isConnecting ? 'connection' : 'answer';
  return `no ${what} within ${Math.round(limitMs)} ms`;
}
