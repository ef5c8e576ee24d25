/** What the thread of an exiting process sends, and what is known about its lines when not everything was acknowledged. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, it, onTestFinished } from 'vitest';
import { Queue } from '../../src/delivery/queue.ts';
import { IMPORTANCE, type Span } from '../../src/senders/block.ts';
import type { Endpoint } from '../../src/senders/endpoint.ts';
import { BODY_BYTES, sendInThread, type ThreadResult } from '../../src/senders/send-in-thread.ts';

const ENDPOINT: Endpoint = {
  protocol: 'http:',
  hostname: '127.0.0.1',
  port: 1,
  socketPath: '',
  path: '/insert/jsonline',
  displayUrl: 'http://127.0.0.1:1/insert/jsonline',
};
const LIMITS = { connectMs: 20_000, timeoutMs: 20_000 };

/** Lines of this length, as the delivery takes them. */
function spansOf(lines: number, length = 300): Span[] {
  const queue = new Queue(1 << 28, Date.now, () => {});
  for (let at = 0; at < lines; at++) {
    queue.append(`${String(at).padEnd(length - 1, 'x')}\n`, IMPORTANCE.ordinary);
  }
  const spans: Span[] = [];
  for (let span = queue.take(BODY_BYTES); span; span = queue.take(BODY_BYTES)) spans.push(span);
  return spans;
}

function countsOf({ acknowledged, unconfirmed, unsent }: ThreadResult): number[] {
  const lines = (spans: readonly Span[]) => spans.reduce((sum, { from, to }) => sum + to - from, 0);
  return [acknowledged, unconfirmed, unsent].map(lines);
}

/** Takes the requests before the one with this number, and then answers or does as it is told. In a thread: ours blocks. */
async function startServer(
  number: number,
  then: string,
): Promise<{ port: number; lines: Int32Array }> {
  const lines = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(
    `const { parentPort, workerData } = require('node:worker_threads');
    let number = 0;
    const server = require('node:http').createServer((request, response) => {
      const then = () => { ${then} };
      if (number === workerData.number) return then();
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

it.each([
  ['the connection fails', ENDPOINT, 'ECONNREFUSED'],
  // Node throws where the request is made, not where it fails.
  ['the request can not even be made', { ...ENDPOINT, port: 70_000 }, 'ERR_SOCKET_BAD_PORT'],
])('ends the wait with the reason when %s', (_, endpoint, reason) => {
  const result = sendInThread(endpoint, {}, spansOf(1), LIMITS);
  expect(result.reason).toBe(reason);
  expect(countsOf(result)).toEqual([0, 0, 1]);
});

it('sends 100,000 lines, far more than one body holds', async () => {
  const { port, lines } = await startServer(-1, '');
  const spans = spansOf(100_000);
  expect(spans.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(10 * BODY_BYTES);
  const result = sendInThread({ ...ENDPOINT, port }, {}, spans, LIMITS);
  expect(countsOf(result)).toEqual([100_000, 0, 0]);
  expect(result.reason).toBe('');
  expect(lines[0]).toBe(100_000);
});

it.each([
  [
    'refuses',
    'request.resume(); request.on("end", () => { response.statusCode = 429; response.end(); })',
    'status 429',
    0,
  ],
  ['redirects', 'response.writeHead(307, { Location: "/b" }).end()', 'status 307', 0],
  ['breaks off', 'request.socket.destroy()', /ECONNRESET|EPIPE/, 1],
  ['says nothing more', '', 'no answer within 1500 ms', 1],
])(
  'knows what was acknowledged when the server %s in the middle',
  async (_, then, reason, inFlight) => {
    const { port, lines } = await startServer(3, then);
    const limits = { connectMs: 1_500, timeoutMs: then === '' ? 1_500 : 20_000 };
    const result = sendInThread({ ...ENDPOINT, port }, {}, spansOf(100_000), limits);
    const [acknowledged, unconfirmed, unsent] = countsOf(result) as [number, number, number];
    expect(result.reason).toEqual(
      typeof reason === 'string' ? reason : expect.stringMatching(reason),
    );
    expect(acknowledged + unconfirmed + unsent).toBe(100_000);
    expect(acknowledged).toBe(lines[0]);
    expect(acknowledged).toBeGreaterThan(0);
    expect(unconfirmed > 0).toBe(inFlight === 1);
    expect(unsent).toBeGreaterThan(unconfirmed);
  },
);
