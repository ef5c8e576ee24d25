/** The last resort of an exiting process without a usable connection: a thread that sends what is left. */

import type { Worker } from 'node:worker_threads';
import { bareOptions } from '../process/bare-options.ts';
import { OWN_THREAD } from '../process/own-thread.ts';
import { steadyClock } from '../process/timers.ts';
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

/**
 * Sends lines from a new thread, one request after the other. Blocks until nothing is left or the time is up. Works in an `exit`
 * listener, where the event loop does not run. A thread takes 30 to 150 ms to start.
 */
export function sendInThread(
  endpoint: Endpoint,
  headers: Readonly<Record<string, string>>,
  limits: Limits,
  source: ThreadSource,
): ThreadResult {
  let ranges: readonly BlockRange[] | undefined;
  let since = 0;
  let count = 0;
  const left = (isInFlight: boolean, reason: string): ThreadResult => {
    const rest = ranges ?? [];
    return { unconfirmed: isInFlight ? rest : [], unsent: isInFlight ? [] : rest, reason };
  };
  try {
    const word = new SharedArrayBuffer(4);
    const reason = new SharedArrayBuffer(1 + MAX_REASON_BYTES);
    const tls = endpoint.protocol === 'https:' ? tlsPolicy() : undefined;
    const worker = start({ endpoint, headers, word, reason, tls });
    const watch = new Watch(sharedWord(word), limits, steadyClock);
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
    void worker.terminate();
    const { isInFlight, isEnded } = watch.position;
    return left(isInFlight, isEnded ? textIn(reason) : whyGivenUp(watch.position, limits));
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

function start(workerData: ThreadData): Worker {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const options = {
    [OWN_THREAD]: true,
    eval: true,
    // Neither the application's preloads nor its environment belong in this thread.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    workerData,
  };
  const worker = new Worker(PROGRAM, bareOptions(options));
  worker.unref();
  // `reason` says what failed in the thread. Without a listener, the error would reach the application, too.
  worker.on('error', () => {});
  return worker;
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
