import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeTransport, fakeTransport, share } from '../../core/test/fake-transport.ts';
import target from '../src/index.ts';

let transport: FakeTransport;
let unshare: () => void;

beforeEach(() => {
  transport = fakeTransport();
  unshare = share(transport);
});
afterEach(() => unshare());

test('lines may come in pieces', async () => {
  const stream = target({ pinoWillSendConfig: true, levels: { info: 30 } } as object);
  stream.write('{"msg":"a"}\n{"msg":');
  stream.write(Buffer.from('"ü'.slice(0, 1)));
  stream.write(Buffer.from([0xc3]));
  stream.write(Buffer.from([0xbc]));
  stream.write('"}\n{"msg":"last"}');
  stream.end();
  await once(stream, 'finish');
  expect(transport.inputs.map(({ text }) => text)).toEqual([
    '{"msg":"a"}',
    '{"msg":"ü"}',
    '{"msg":"last"}',
  ]);
  expect(transport.calls).toEqual(['close']);
});

test('flush tells whether everything is acknowledged', async () => {
  const stream = target() as ReturnType<typeof target> & { flush(done: unknown): void };
  transport.pending = 1;
  const error = await new Promise((resolve) => stream.flush(resolve));
  expect(error).toEqual(new Error('1 log records are not acknowledged yet'));
});

test('in a worker thread of pino it has delivered everything when a flush calls back', async () => {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const data of request) body += data;
    bodies.push(body);
    response.end();
  }).listen(0);
  await once(server, 'listening');
  const stream = pino.transport({
    target: fileURLToPath(new URL('./fixtures/our-target.ts', import.meta.url)),
    options: { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` },
  });
  const logger = pino({}, stream);
  for (let at = 0; at < 100; at++) logger.info({ at }, 'line');
  // Ending the stream would block this thread, and with it the server.
  await new Promise((resolve) => logger.flush(resolve));
  stream.end();
  server.close();
  const lines = bodies.join('').trimEnd().split('\n').filter(Boolean);
  expect(lines.map((line) => JSON.parse(line).at)).toEqual([...Array(100).keys()]);
});
