/** Connections over TLS to Node's own server, which is OpenSSL, with a relay between them that sees every byte. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { UndiciSender } from '../../../../src/senders/undici-sender.ts';
import {
  CONTENT,
  Opener,
  RecordReader,
  trafficKeys,
} from '../../../../src/senders/write-through/tls/records.ts';
import { createTransport, type Transport } from '../../../../src/transport.ts';

const folder = mkdtempSync(join(tmpdir(), 'direct-logging-tls-'));
const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name)) as [string, string];
execFileSync(
  'openssl',
  [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
    ...['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'],
    ...['-keyout', key, '-out', cert],
  ],
  { stdio: 'ignore' },
);
afterAll(() => rmSync(folder, { recursive: true }));

const cleanups: Array<() => unknown> = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface TlsServer {
  readonly port: number;
  readonly messages: string[];
  /** Lines of the server's key log. */
  readonly secrets: string[];
  /** What each connection of the client sent, as it went over the network. */
  readonly sent: Buffer[];
}

/** A server that takes lines over TLS, behind a relay. */
async function start(options: tls.TlsOptions = {}): Promise<TlsServer> {
  const messages: string[] = [];
  const secrets: string[] = [];
  const sent: Buffer[] = [];
  const inner = http.createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      for (const line of body.split('\n').slice(0, -1)) messages.push(JSON.parse(line)._msg);
      response.end();
    });
  });
  const outer = tls.createServer(
    { key: readFileSync(key), cert: readFileSync(cert), ...options },
    (socket) => inner.emit('connection', socket),
  );
  outer.on('keylog', (line) => secrets.push(line.toString()));
  outer.on('tlsClientError', () => {});
  await new Promise<void>((resolve) => outer.listen(0, '127.0.0.1', resolve));
  const relay = net.createServer((client) => {
    const at = sent.push(Buffer.alloc(0)) - 1;
    const server = net.connect((outer.address() as net.AddressInfo).port, '127.0.0.1');
    client.on('data', (bytes) => {
      sent[at] = Buffer.concat([sent[at] as Buffer, bytes]);
    });
    for (const socket of [client, server]) socket.on('error', () => {});
    client.pipe(server).pipe(client);
    cleanups.push(() => [client, server].forEach((socket) => void socket.destroy()));
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => [relay, outer].forEach((server) => void server.close()));
  return { port: (relay.address() as net.AddressInfo).port, messages, secrets, sent };
}

function transportTo({ port }: TlsServer, hostname = 'localhost'): Transport {
  // As NODE_EXTRA_CA_CERTS does it for a whole process.
  const connect = tls.connect as (options: tls.ConnectionOptions) => tls.TLSSocket;
  const secureContext = tls.createSecureContext({ ca: readFileSync(cert) });
  vi.spyOn(tls, 'connect').mockImplementation(((options: tls.ConnectionOptions) =>
    connect({ ...options, secureContext })) as typeof tls.connect);
  const transport = createTransport({ url: `https://${hostname}:${port}` });
  cleanups.push(() => transport.close({ timeoutMs: 0 }));
  return transport;
}

const SUITES = {
  TLS_AES_128_GCM_SHA256: 0x1301,
  TLS_AES_256_GCM_SHA384: 0x1302,
  TLS_CHACHA20_POLY1305_SHA256: 0x1303,
};

describe.each(Object.entries(SUITES))('over %s', (name, suite) => {
  it('lines arrive in order, and all that is sent behind the handshake is ours, under numbers that follow each other', async () => {
    const server = await start({ ciphers: name, minVersion: 'TLSv1.3' });
    const pump = vi.spyOn(UndiciSender.prototype, 'pump');
    const transport = transportTo(server);
    await transport.ready(5_000);
    const texts = Array.from({ length: 500 }, (_, at) => `line ${at} ${'x'.repeat(at)}`);
    for (const text of texts) transport.write({ text });
    expect(await transport.flush({ timeoutMs: 10_000 })).toMatchObject({ complete: true });
    expect(server.messages).toEqual(texts);
    expect(pump).not.toHaveBeenCalled();
    await transport.close();
    await vi.waitFor(() =>
      expect(everythingSent(server, suite)).toContain('POST /insert/jsonline'),
    );
    expect(everythingSent(server, suite).match(/"_msg":/g)).toHaveLength(texts.length);
  });
});

/** Opens what all connections sent behind their handshakes; throws at a record that is not application data. */
function everythingSent({ sent, secrets }: TlsServer, suite: number): string {
  return sent
    .map((bytes) => {
      const reader = new RecordReader();
      reader.add(bytes);
      const records: Buffer[] = [];
      for (let record = reader.next(); record; record = reader.next()) records.push(record);
      const random = records[0]?.subarray(11, 43).toString('hex') ?? '';
      const line = secrets.find((text) => text.startsWith(`CLIENT_TRAFFIC_SECRET_0 ${random}`));
      // A connection that was given up before.
      if (line === undefined) return '';
      const secret = Buffer.from(line.trim().split(' ')[2] as string, 'hex');
      const opener = new Opener(trafficKeys(suite, secret));
      const sealed = records.filter(([type]) => type === CONTENT.applicationData);
      // The first one is the end of the handshake.
      return sealed
        .slice(1)
        .map((record) => {
          const { type, content } = opener.open(record);
          expect(type).toBe(CONTENT.applicationData);
          return content.toString();
        })
        .join('');
    })
    .join('');
}

it('undici takes over when the server speaks nothing newer than TLS 1.2', async () => {
  const server = await start({ maxVersion: 'TLSv1.2' });
  const pump = vi.spyOn(UndiciSender.prototype, 'pump');
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  const transport = transportTo(server);
  transport.write({ text: 'a' });
  expect(await transport.flush({ timeoutMs: 10_000 })).toMatchObject({ complete: true });
  delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
  expect(server.messages).toEqual(['a']);
  expect(pump).toHaveBeenCalled();
});

it.each([
  ['another name', '127.0.0.1', true],
  ['an unknown authority', 'localhost', false],
])('nothing is sent to a server with the certificate of %s', async (_, hostname, isKnown) => {
  const server = await start();
  const transport = transportTo(server, hostname);
  if (!isKnown) vi.restoreAllMocks();
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  transport.write({ text: 'a' });
  expect(await transport.flush({ timeoutMs: 1_000 })).toMatchObject({ complete: false });
  expect(server.messages).toEqual([]);
  for (const bytes of server.sent) expect(bytes.includes('POST')).toBe(false);
});

it('goes on over a new connection when the server ends one in the middle of a request', async () => {
  const server = await start();
  const transport = transportTo(server);
  await transport.ready(5_000);
  for (let burst = 0; burst < 20; burst++) {
    for (let line = 0; line < 50; line++) transport.write({ text: `${burst} ${line}` });
    if (burst % 5 === 2) for (const cleanup of cleanups.splice(2, 2)) cleanup();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(await transport.flush({ timeoutMs: 10_000 })).toMatchObject({ complete: true });
  expect(new Set(server.messages).size).toBe(1_000);
});
