/** What the thread sends, and what is known about its lines when not everything was acknowledged. It runs as the process runs it. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, it, onTestFinished, vi } from 'vitest';
import type { Endpoint } from '../../../src/senders/endpoint.ts';
import { BODY_BYTES, sendInThread } from '../../../src/senders/send-in-thread.ts';
import { makeCertificate, removeCertificates } from '../write-through/tls/tls-server.ts';
import { countsOf, ENDPOINT, LIMITS, rangesOf, startServer } from './thread-server.ts';

it('sends 100,000 lines, far more than one body holds', async () => {
  const { port, lines } = await startServer(-1, '');
  const ranges = rangesOf(100_000);
  expect(ranges.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(10 * BODY_BYTES);
  const result = sendInThread({ ...ENDPOINT, port }, {}, ranges, LIMITS);
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
    const result = sendInThread({ ...ENDPOINT, port }, {}, rangesOf(100_000), limits);
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

afterAll(removeCertificates);
it('makes each connection over TLS with a handshake of its own, which checks the certificate', async () => {
  const { key, cert } = makeCertificate();
  const [connections, resumed] = [0, 1].map(() => new Int32Array(new SharedArrayBuffer(4)));
  const worker = new Worker(
    `const { parentPort, workerData: { connections, resumed, key, cert } } = require('node:worker_threads');
    const server = require('node:https').createServer({ key, cert }, (request, response) => {
      Atomics.add(connections, 0, 1);
      if (request.socket.isSessionReused()) Atomics.add(resumed, 0, 1);
      request.resume().on('end', () => response.writeHead(204, { Connection: 'close' }).end());
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: { connections, resumed, key: String(key), cert: String(cert) } },
  );
  onTestFinished(() => void worker.terminate());
  const [port] = await once(worker, 'message');
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const endpoint: Endpoint = { ...ENDPOINT, protocol: 'https:', port };
  const result = sendInThread(endpoint, {}, rangesOf(1_000), LIMITS, true);
  expect(countsOf(result)).toEqual([1_000, 0, 0]);
  expect(connections?.[0]).toBeGreaterThan(2);
  expect(resumed?.[0]).toBe(0);
});
