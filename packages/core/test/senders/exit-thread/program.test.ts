/** What the thread sends, and what is known about its lines when not everything was acknowledged. It runs as the process runs it. */
import { once } from 'node:events';
import untypedTls from 'node:tls';
import { Worker } from 'node:worker_threads';
import { afterAll, expect, it, onTestFinished, vi } from 'vitest';
import { steadyClock } from '../../../src/process/timers.ts';
import type { Endpoint } from '../../../src/senders/endpoint.ts';
import { ExitThread } from '../../../src/senders/send-in-thread.ts';
import {
  type Certificate,
  makeCertificate,
  removeCertificates,
} from '../write-through/tls/tls-server.ts';
import { ENDPOINT, LIMITS, send, startServer } from './thread-server.ts';

// Since Node 22.19 and 24.5.
const tls = untypedTls as typeof untypedTls & {
  getCACertificates(type: 'default'): string[];
  setDefaultCACertificates(authorities: readonly string[]): void;
};

it('sends 100,000 lines, far more than one body holds', async () => {
  const { port, lines } = await startServer(-1, '');
  const { counts } = send({ ...ENDPOINT, port }, 100_000, LIMITS);
  expect(counts).toEqual([100_000, 0, 0]);
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
  [
    'sends a web page',
    'response.writeHead(200, { "Content-Type": "text/html" }).end("<html>")',
    'status 200 with a web page',
    0,
  ],
  ['breaks off', 'request.socket.destroy()', /ECONNRESET|EPIPE/, 1],
  ['says nothing more', '', /^no answer within \d+ ms$/, 1],
])(
  'knows what was acknowledged when the server %s in the middle',
  async (_, then, reason, inFlight) => {
    let timeoutMs = then === '' ? 500 : 20_000;
    let lines: Int32Array;
    let result: ReturnType<typeof send>;
    // A busy machine takes long to start the thread and to get so far.
    do {
      timeoutMs *= 3;
      const server = await startServer(3, then);
      lines = server.lines;
      result = send({ ...ENDPOINT, port: server.port }, 100_000, {
        connectMs: timeoutMs,
        timeoutMs,
      });
    } while (lines[1] === 0 && timeoutMs < 20_000);
    const [acknowledged, unconfirmed, unsent] = result.counts as [number, number, number];
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

/** A server over TLS in a thread of its own, with how many connections and how many bytes of requests it has had. */
async function startTls(
  { key, cert }: Certificate,
  handshakeMs = 0,
): Promise<{ endpoint: Endpoint; counts: Int32Array }> {
  const counts = new Int32Array(new SharedArrayBuffer(12));
  const worker = new Worker(
    `const { parentPort, workerData: { counts, key, cert, handshakeMs } } = require('node:worker_threads');
    const server = require('node:https').createServer({ key, cert }, (request, response) => {
      if (request.socket.isSessionReused()) Atomics.add(counts, 2, 1);
      request.resume().on('end', () => response.writeHead(204, { Connection: 'close' }).end());
    });
    server.on('connection', () => Atomics.add(counts, 0, 1));
    server.on('connection', () => Atomics.wait(counts, 2, 0, handshakeMs));
    server.on('secureConnection', (socket) => socket.on('data', ({ length }) => Atomics.add(counts, 1, length)));
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: { counts, key: String(key), cert: String(cert), handshakeMs } },
  );
  onTestFinished(() => void worker.terminate());
  const [port] = await once(worker, 'message');
  return { endpoint: { ...ENDPOINT, hostname: 'localhost', protocol: 'https:', port }, counts };
}

it('makes each connection over TLS with a handshake of its own, which checks the certificate', async () => {
  const { endpoint, counts } = await startTls(makeCertificate());
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(send(endpoint, 1_000, LIMITS, 64 * 1024).counts).toEqual([1_000, 0, 0]);
  expect(counts[0]).toBeGreaterThan(2);
  expect(counts[2]).toBe(0);
});

it('counts the time of the thread and of its handshake apart from that of the server', async () => {
  const handshakeMs = 1_000;
  const { endpoint } = await startTls(makeCertificate(), handshakeMs);
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const thread = new ExitThread(endpoint, {}, LIMITS);
  thread.post([]);
  let done = thread.wait();
  while (done === undefined && !thread.isOver) done = thread.wait();
  const inAll = steadyClock() - (done?.since ?? 0);
  thread.end();
  expect(inAll - (done?.ms ?? inAll)).toBeGreaterThanOrEqual(handshakeMs);
});

it.each([
  ['is valid', makeCertificate(), true, ''],
  ['is of an unknown authority', makeCertificate(), false, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
  ['has expired', makeCertificate('localhost', 'expired'), true, 'CERT_HAS_EXPIRED'],
  ['is not valid yet', makeCertificate('localhost', 'early'), true, 'CERT_NOT_YET_VALID'],
  ['is for another host', makeCertificate('elsewhere'), true, 'ERR_TLS_CERT_ALTNAME_INVALID'],
])(
  'sends something only if the certificate is valid: one that %s',
  async (_, certificate, isTrusted, reason) => {
    const { endpoint, counts } = await startTls(certificate);
    if (isTrusted) {
      const before = tls.getCACertificates('default');
      tls.setDefaultCACertificates([String(certificate.cert)]);
      onTestFinished(() => tls.setDefaultCACertificates(before));
    }
    const result = send(endpoint, 10, LIMITS);
    if (reason !== '') expect(result.reason).toBe(reason);
    expect(result.counts).toEqual(reason === '' ? [10, 0, 0] : [0, 0, 10]);
    expect(counts[0]).toBe(1);
    if (reason !== '') expect(counts[1]).toBe(0);
  },
);
