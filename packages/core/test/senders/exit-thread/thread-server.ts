/** A server in a thread of its own, since `ExitThread` blocks this one, and lines to send to it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';
import { Queue } from '../../../src/delivery/queue.ts';
import { type BlockRange, IMPORTANCE, linesIn } from '../../../src/senders/block.ts';
import type { Endpoint } from '../../../src/senders/endpoint.ts';
import { MAX_BATCH_BYTES } from '../../../src/senders/request-rule.ts';
import { ExitThread, type ThreadLimits } from '../../../src/senders/send-in-thread.ts';
import { takeFirst } from '../../../src/senders/write-through/take-from.ts';

export const ENDPOINT: Endpoint = {
  protocol: 'http:',
  hostname: '127.0.0.1',
  port: 1,
  socketPath: '',
  path: '/insert/jsonline',
  displayUrl: 'http://127.0.0.1:1/insert/jsonline',
};
export const LIMITS = { connectMs: 60_000, timeoutMs: 60_000 };
const HEADERS = {};

/** Lines of this length, as the delivery takes them. */
function rangesOf(lines: number, length = 300): BlockRange[] {
  const queue = new Queue(1 << 28, Date.now, () => {});
  for (let at = 0; at < lines; at++) {
    queue.append(`${String(at).padEnd(length - 1, 'x')}\n`, IMPORTANCE.ordinary);
  }
  const ranges: BlockRange[] = [];
  const take = () => queue.take(MAX_BATCH_BYTES);
  for (let range = take(); range; range = take()) ranges.push(range);
  return ranges;
}

/** Sends so many lines; returns how many were acknowledged, are unconfirmed and were not sent, and why. */
export function send(
  endpoint: Endpoint,
  lines: number,
  limits: ThreadLimits,
  maxBytes = MAX_BATCH_BYTES,
) {
  const ranges = rangesOf(lines);
  const thread = new ExitThread(endpoint, HEADERS, limits);
  let acknowledged = 0;
  while (acknowledged < lines && !thread.isOver) {
    if (thread.request === undefined) thread.post(takeFirst(ranges, maxBytes));
    acknowledged += linesIn(thread.wait()?.ranges ?? []);
  }
  const { isInFlight, reason } = thread.end();
  const unconfirmed = isInFlight ? linesIn(thread.request?.ranges ?? []) : 0;
  const counts = [acknowledged, unconfirmed, lines - acknowledged - unconfirmed];
  return { counts, reason };
}

/**
 * Takes the requests before the one with this number, and then answers or does as it is told. In a thread: ours blocks.
 * @param when When it does so, in its words.
 * @returns `lines`: how many it has taken, and how often it has done as it is told.
 */
export async function startServer(
  number: number,
  then: string,
  when = 'number === workerData.number',
): Promise<{ port: number; lines: Int32Array }> {
  const lines = new Int32Array(new SharedArrayBuffer(8));
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
    let number = 0;
    const server = require('node:http').createServer((request, response) => {
      const then = () => { ${then} };
      if (${when}) return Atomics.add(workerData.lines, 1, 1), then();
      let lines = 0;
      request.on('data', (bytes) => { for (const byte of bytes) if (byte === 10) lines++; });
      request.on('end', () => { number++; Atomics.add(workerData.lines, 0, lines); response.end(); });
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: { number, lines } },
  );
  onTestFinished(() => void worker.terminate());
  const [port] = await once(worker, 'message');
  return { port, lines };
}
