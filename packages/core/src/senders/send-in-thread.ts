/**
 * The last resort of an exiting process without a usable connection: a thread that sends what is left.
 *
 * @lazy
 */

import { steadyClock } from '../process/timers.ts';
import { bytesOf, type Span } from './block.ts';
import type { Endpoint } from './endpoint.ts';

/** Why not all of the thread's requests were acknowledged; undefined when they were. */
export type ThreadFailure = string | undefined;

/** A body is at most this long, plus one span. */
export const BODY_BYTES: number = 8 * 1024 * 1024;
const STARTING = 0;
const DELIVERED = 1;
const CONNECTED = 3;
const STARTED = 4;

/** How long an exiting process waits, in milliseconds. */
export interface ThreadLimits {
  /** For a connection, once the thread runs: a server that is known to be down gets one short try. */
  readonly connectMs: number;
  /** For everything together. */
  readonly timeoutMs: number;
}

/**
 * Sends the lines from a new thread, one request after the other. Blocks until they are acknowledged or the time is up. Works
 * in an `exit` listener, where the event loop does not run. A thread takes 30 to 150 ms to start.
 */
export function sendInThread(...request: Parameters<typeof sendFromThread>): ThreadFailure {
  try {
    return sendFromThread(...request);
  } catch (error) {
    // Threads may be forbidden (--permission), or none may be left.
    return (error as Error).message;
  }
}

function sendFromThread(
  endpoint: Endpoint,
  headers: Readonly<Record<string, string>>,
  spans: readonly Span[],
  { connectMs, timeoutMs }: ThreadLimits,
): ThreadFailure {
  const { Worker } = process.getBuiltinModule('node:worker_threads');
  const state = new Int32Array(new SharedArrayBuffer(8));
  const answer = new Uint8Array(new SharedArrayBuffer(256));
  const { NODE_TLS_REJECT_UNAUTHORIZED } = process.env;
  const worker = new Worker(SOURCE, {
    eval: true,
    // Neither the application's preloads nor its environment belong in this thread, except for how it checks certificates.
    env: NODE_TLS_REJECT_UNAUTHORIZED === undefined ? {} : { NODE_TLS_REJECT_UNAUTHORIZED },
    execArgv: [],
    stdout: true,
    stderr: true,
    workerData: { endpoint, headers, bodies: bodiesOf(spans), state, answer, timeoutMs },
  });
  worker.unref();
  // `answer` says what failed in the thread. Without a listener, the error would reach the application, too.
  worker.on('error', () => {});
  const deadline = steadyClock() + timeoutMs;
  const waitWhile = (value: number, ms: number): void => {
    Atomics.wait(state, 0, value, Math.max(0, Math.min(ms, deadline - steadyClock())));
  };
  // On a busy machine the start alone can take longer than `connectMs`.
  waitWhile(STARTING, timeoutMs);
  waitWhile(STARTED, connectMs);
  waitWhile(CONNECTED, timeoutMs);
  if (state[0] === DELIVERED) return undefined;
  if (state[0] === STARTING) return `no thread within ${Math.round(timeoutMs)} ms`;
  if (state[0] === STARTED) return `no connection within ${Math.round(connectMs)} ms`;
  if (state[0] === CONNECTED) return `no answer within ${Math.round(timeoutMs)} ms`;
  return Buffer.from(answer.slice(0, state[1])).toString();
}

/** Bodies of requests. One body has many spans, since a block of the queue is much smaller. */
function bodiesOf(spans: readonly Span[]): Buffer[] {
  const bodies: Buffer[] = [];
  let parts: Buffer[] = [];
  let bytes = 0;
  for (const span of spans) {
    parts.push(bytesOf(span));
    bytes += span.bytes;
    if (bytes < BODY_BYTES && span !== spans.at(-1)) continue;
    bodies.push(Buffer.concat(parts));
    parts = [];
    bytes = 0;
  }
  return bodies;
}

const SOURCE = `
const { workerData: { endpoint, headers, bodies, state, answer, timeoutMs } } = require('node:worker_threads');
process.on('uncaughtException', fail);
const { request } = require(endpoint.protocol === 'https:' ? 'node:https' : 'node:http');
function end(result, reason) {
  const text = Buffer.from(reason).subarray(0, answer.length);
  answer.set(text);
  state[1] = text.length;
  Atomics.store(state, 0, result);
  Atomics.notify(state, 0);
}
function fail(error) {
  end(2, error.code || error.message);
}
function advance(from, to) {
  Atomics.compareExchange(state, 0, from, to);
  Atomics.notify(state, 0);
}
function post(index) {
  if (index === bodies.length) return end(1, '');
  const body = Buffer.from(bodies[index]);
  const sent = request({
    host: endpoint.hostname, port: endpoint.port, socketPath: endpoint.socketPath || undefined, path: endpoint.path, method: 'POST', timeout: timeoutMs,
    headers: { ...headers, 'Content-Length': body.length },
  }, (response) => {
    response.resume();
    response.on('end', () => {
      if (response.statusCode >= 200 && response.statusCode < 300) post(index + 1);
      else end(2, 'status ' + response.statusCode);
    });
  });
  sent.on('socket', (socket) => socket.on('connect', () => advance(4, 3)));
  sent.on('error', fail);
  sent.end(body);
}
advance(0, 4);
post(0);
`;
