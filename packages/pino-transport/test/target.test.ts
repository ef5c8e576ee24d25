import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import pino from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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

test('in a worker thread of pino, a flush whose time is up does not end the program', async () => {
  const stream = pino.transport({
    target: fileURLToPath(new URL('./fixtures/our-target.ts', import.meta.url)),
    options: { url: 'http://127.0.0.1:1', flushTimeoutMs: 20, exitTimeoutMs: 20 },
  });
  const logger = pino({}, stream);
  logger.info('line');
  expect(await new Promise((resolve) => logger.flush(resolve))).toBeUndefined();
  stream.end();
});

test('an end takes less time than pino waits for it', async () => {
  const limits: unknown[] = [];
  const close = async (limit: unknown) => {
    limits.push(limit);
    return { complete: true, pending: 0 };
  };
  Object.assign(transport, { close });
  const stream = target();
  stream.end();
  await once(stream, 'finish');
  expect(limits).toEqual([{ atMostMs: 5_000, isReported: true }]);
});

test('the report of the end tells lost lines from those that are only not confirmed', async () => {
  const raw = vi.spyOn(process as never as { _rawDebug(text: string): void }, '_rawDebug');
  raw.mockReturnValue();
  Object.assign(transport, { pending: 3 });
  const told = async (unsent: number) => {
    Object.defineProperty(transport, 'stats', {
      value: { unsent, spooled: 0 },
      configurable: true,
    });
    const stream = target();
    stream.end();
    await once(stream, 'finish');
    return raw.mock.calls.splice(0).map(([text]) => text.slice(text.indexOf('[') + 1));
  };
  const records = 'log records of a target of pino.transport were';
  const server = 'the server (the time was up)';
  const lost = `DL_LOST_AT_EXIT] DirectLoggingWarning: 2 ${records} not delivered to ${server}`;
  const unconfirmed = (count: number) =>
    `DL_UNCONFIRMED_AT_EXIT] DirectLoggingWarning: ${count} ${records} sent but not confirmed by ${server}; the server may have stored them`;
  expect(await told(2)).toEqual([lost, unconfirmed(1)]);
  expect(await told(0)).toEqual([unconfirmed(3)]);
});

test('a flush that comes after the end calls back', async () => {
  const stream = target() as ReturnType<typeof target> & { flush(done: () => void): void };
  stream.end();
  await new Promise<void>((resolve) => stream.flush(resolve));
  await once(stream, 'finish');
});

async function startServer() {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const data of request) body += data;
    bodies.push(body);
    response.end();
  }).listen(0);
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, bodies };
}

test('in a worker thread of pino it has delivered everything when a flush calls back', async () => {
  const { server, url, bodies } = await startServer();
  const stream = pino.transport({
    target: fileURLToPath(new URL('./fixtures/our-target.ts', import.meta.url)),
    options: { url, flushTimeoutMs: 30_000 },
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

test('in a busy thread it knows the logger of a program that ends at once', async () => {
  const { server, url, bodies } = await startServer();
  const program = fileURLToPath(new URL('./fixtures/busy-thread.ts', import.meta.url));
  const env = { ...process.env, VICTORIALOGS_URL: url };
  await promisify(execFile)(process.execPath, [program], { env });
  server.close();
  expect(JSON.parse(bodies.join(''))).toMatchObject({ _msg: 'under a key of its own' });
});
