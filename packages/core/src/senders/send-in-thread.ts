/**
 * The last resort of an exiting process without a usable connection: a thread that sends what is left.
 *
 * @lazy
 */

import { bareOptions } from '../process/bare-options.ts';
import { OWN_THREAD } from '../process/own-thread.ts';
import { steadyClock } from '../process/timers.ts';
import { type BlockRange, bytesOf, takeFirst } from './block.ts';
import type { Endpoint } from './endpoint.ts';
import type { ThreadData } from './exit-thread/program.ts';
import { PROGRAM } from './exit-thread/program-text.ts';
import { awaitEnd, type Limits, type Position, STAGE, sharedWord } from './exit-thread/protocol.ts';
import { tlsPolicy } from './exit-thread/tls-policy.ts';
import { ENOUGH_BYTES } from './write-through/request-rule.ts';

export type { Limits as ThreadLimits } from './exit-thread/protocol.ts';

/** A body is at most this long, plus a few frames. Only a whole body is acknowledged, so it should not be too long. */
export const BODY_BYTES: number = 2 * 1024 * 1024;
/** Of lines that a silent server may have: a busy one answers these late, too. */
const FIRST_BODIES = [1, ENOUGH_BYTES, 64 * 1024, 256 * 1024, 1024 * 1024];
const MAX_REASON_BYTES = 255;

/** What became of the lines. */
export interface ThreadResult {
  readonly acknowledged: readonly BlockRange[];
  /** Of a request that was begun: the server may have them. */
  readonly unconfirmed: readonly BlockRange[];
  readonly unsent: readonly BlockRange[];
  /** Why not all were acknowledged. */
  readonly reason: string;
}

/**
 * Sends the lines from a new thread, one request after the other. Blocks until they are acknowledged or the time is up. Works
 * in an `exit` listener, where the event loop does not run. A thread takes 30 to 150 ms to start.
 *
 * @param isResent True for lines that a server may have, which does not answer. Then the first requests are small.
 */
export function sendInThread(
  endpoint: Endpoint,
  headers: Readonly<Record<string, string>>,
  ranges: readonly BlockRange[],
  limits: Limits,
  isResent = false,
): ThreadResult {
  const bodies = bodiesOf(ranges, isResent);
  const done = (acknowledged: number, begun: number, reason: string): ThreadResult => ({
    acknowledged: bodies.slice(0, acknowledged).flat(),
    unconfirmed: bodies.slice(acknowledged, begun).flat(),
    unsent: bodies.slice(begun).flat(),
    reason,
  });
  try {
    const word = new SharedArrayBuffer(4);
    const reason = new SharedArrayBuffer(1 + MAX_REASON_BYTES);
    const tls = endpoint.protocol === 'https:' ? tlsPolicy() : undefined;
    const stop = start({ endpoint, headers, bodies: bodies.map(joined), word, reason, tls });
    const position = awaitEnd(sharedWord(word), limits, steadyClock);
    stop();
    const { acknowledged, isInFlight, isEnded } = position;
    const why = isEnded ? textIn(reason) : whyGivenUp(position, limits);
    return done(acknowledged, acknowledged + (isInFlight ? 1 : 0), why);
  } catch (error) {
    // Threads may be forbidden (--permission), or none may be left.
    return done(0, 0, (error as Error).message);
  }
}

/** Starts the thread; returns what stops it. */
function start(workerData: ThreadData): () => void {
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
    transferList: workerData.bodies.map(({ buffer }) => buffer as ArrayBuffer),
  };
  const worker = new Worker(PROGRAM, bareOptions(options));
  worker.unref();
  // `reason` says what failed in the thread. Without a listener, the error would reach the application, too.
  worker.on('error', () => {});
  return () => void worker.terminate();
}

/** Lines for one request each. */
function bodiesOf(ranges: readonly BlockRange[], isResent: boolean): BlockRange[][] {
  const bodies: BlockRange[][] = [];
  for (const rest = [...ranges]; rest.length > 0; ) {
    const maxBytes = isResent ? FIRST_BODIES[bodies.length] : undefined;
    bodies.push(takeFirst(rest, maxBytes ?? BODY_BYTES));
  }
  return bodies;
}

/** In memory of its own, which can be transferred. */
function joined(ranges: readonly BlockRange[]): Uint8Array {
  const body = new Uint8Array(ranges.reduce((sum, { bytes }) => sum + bytes, 0));
  let at = 0;
  for (const range of ranges) {
    body.set(bytesOf(range), at);
    at += range.bytes;
  }
  return body;
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
