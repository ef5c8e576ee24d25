/** The last resort of an exiting process without a usable connection: a thread that sends what is left. */

import type { Worker } from 'node:worker_threads';
import { bareOptions } from '../process/bare-options.ts';
import { OWN_THREAD } from '../process/own-thread.ts';
import { afterThisRun, steadyClock } from '../process/timers.ts';
import { type BlockRange, bytesIn, bytesOf } from './block.ts';
import type { Endpoint } from './endpoint.ts';
import type { ThreadData } from './exit-thread/program.ts';
import { PROGRAM } from './exit-thread/program-text.ts';
import { type Limits, type Position, STAGE, sharedWord, Watch } from './exit-thread/protocol.ts';
import { tlsPolicy } from './exit-thread/tls-policy.ts';

export type { Limits as ThreadLimits } from './exit-thread/protocol.ts';

/** A body is at most this long, plus a few frames. Only a whole body is acknowledged, so it should not be too long. */
export const BODY_BYTES: number = 2 * 1024 * 1024;
const MAX_REASON_BYTES = 255;
/** How often the process looks for what its own connections receive. */
const LOOK_EVERY_MS = 5;

export interface ThreadSource {
  /** Called again and again. False when nothing is left to do. */
  goesOn(): boolean;
  /** The lines of the next request, `[]` for one without lines, or undefined if there is none now. */
  next(): readonly BlockRange[] | undefined;
  /** @param since When the request was handed over. */
  acknowledged(ranges: readonly BlockRange[], since: number): void;
}

/** What became of the last request if it was not acknowledged. */
export interface ThreadResult {
  /** A request that was begun: the server may have these lines. */
  readonly unconfirmed: readonly BlockRange[];
  readonly unsent: readonly BlockRange[];
  /** Why not everything was acknowledged. */
  readonly reason: string;
}

interface Thread {
  readonly worker: Worker;
  readonly data: ThreadData;
}

/** One that has sent all that it was given: other listeners to the exit may print, and a new one takes 30 to 150 ms. */
let kept: Thread | undefined;

/**
 * Sends lines from a thread, one request after the other. Blocks until nothing is left or the time is up. Works in an `exit`
 * listener, where the event loop does not run.
 */
export function sendInThread(
  endpoint: Endpoint,
  headers: Readonly<Record<string, string>>,
  limits: Limits,
  source: ThreadSource,
): ThreadResult {
  let ranges: readonly BlockRange[] | undefined;
  let since = 0;
  const left = (isInFlight: boolean, reason: string): ThreadResult => {
    const rest = ranges ?? [];
    return { unconfirmed: isInFlight ? rest : [], unsent: isInFlight ? [] : rest, reason };
  };
  try {
    const isSame = kept?.data.endpoint === endpoint && kept.data.headers === headers;
    const thread = isSame && kept ? kept : start(endpoint, headers);
    kept = undefined;
    const { worker, data } = thread;
    const watch = new Watch(sharedWord(data.word), limits, steadyClock);
    let count = watch.position.acknowledged;
    let isWorking = true;
    while (isWorking && source.goesOn()) {
      if (ranges === undefined) {
        ranges = source.next();
        since = steadyClock();
        if (ranges !== undefined) post(worker, ranges);
      }
      isWorking = watch.wait(LOOK_EVERY_MS);
      if (ranges === undefined || watch.position.acknowledged === count) continue;
      count++;
      const sent = ranges;
      ranges = undefined;
      source.acknowledged(sent, since);
    }
    if (isWorking && ranges === undefined) keep(thread);
    else void worker.terminate();
    const { isInFlight, isEnded } = watch.position;
    return left(isInFlight, isEnded ? textIn(data.reason) : whyGivenUp(watch.position, limits));
  } catch (error) {
    // Threads may be forbidden (--permission), or none may be left.
    return left(false, (error as Error).message);
  }
}

/** In memory of its own, which can be transferred. */
function post(worker: Worker, ranges: readonly BlockRange[]): void {
  const body = new Uint8Array(bytesIn(ranges));
  let at = 0;
  for (const range of ranges) {
    body.set(bytesOf(range), at);
    at += range.bytes;
  }
  worker.postMessage(body, [body.buffer]);
}

/** For as long as the event loop does not run. */
function keep(thread: Thread): void {
  kept = thread;
  afterThisRun(() => {
    if (kept === thread) kept = undefined;
    void thread.worker.terminate();
  });
}

function start(endpoint: Endpoint, headers: Readonly<Record<string, string>>): Thread {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const data: ThreadData = {
    endpoint,
    headers,
    word: new SharedArrayBuffer(4),
    reason: new SharedArrayBuffer(1 + MAX_REASON_BYTES),
    tls: endpoint.protocol === 'https:' ? tlsPolicy() : undefined,
  };
  const options = {
    [OWN_THREAD]: true,
    eval: true,
    // Neither the application's preloads nor its environment belong in this thread.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    // As they are now. Throws if a credential cannot be read.
    workerData: { ...data, headers: { ...headers } },
  };
  const worker = new Worker(PROGRAM, bareOptions(options));
  worker.unref();
  // `reason` says what failed in the thread. Without a listener, the error would reach the application, too.
  worker.on('error', () => {});
  return { worker, data };
}

function textIn(memory: SharedArrayBuffer): string {
  const [length = 0, ...bytes] = new Uint8Array(memory);
  return Buffer.from(bytes.slice(0, length)).toString();
}

function whyGivenUp({ stage }: Position, { connectMs, timeoutMs }: Limits): string {
  const isConnecting = stage === STAGE.running || stage === STAGE.resolved;
  const what = stage === STAGE.starting ? 'thread' : isConnecting ? 'connection' : 'answer';
  return `no ${what} within ${Math.round(isConnecting ? connectMs : timeoutMs)} ms`;
}
