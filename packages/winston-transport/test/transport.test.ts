import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import winston from 'winston';
import { type FakeTransport, fakeTransport, share } from '../../core/test/fake-transport.ts';
import { VictoriaLogsTransport } from '../src/index.ts';

let transport: FakeTransport;
let unshare: () => void;

beforeEach(() => {
  transport = fakeTransport();
  unshare = share(transport);
});
afterEach(() => unshare());

const texts = () => transport.inputs.map(({ text }) => text);

test('every line arrives before the logging call returns', () => {
  const logger = winston.createLogger({ transports: new VictoriaLogsTransport() });
  for (let at = 0; at < 1000; at++) logger.info(`line ${at}`);
  expect(texts()).toEqual(Array.from({ length: 1000 }, (_, at) => `line ${at}`));
});

test("winston's options count", () => {
  const upper = winston.format((info) => ({
    ...info,
    message: String(info.message).toUpperCase(),
  }));
  const transports = [
    new VictoriaLogsTransport({ format: upper() }),
    new VictoriaLogsTransport({ silent: true }),
  ];
  const logger = winston.createLogger({ level: 'info', transports });
  logger.debug('hidden');
  logger.info('shown');
  expect(texts()).toEqual(['SHOWN']);
});

test("the logger's own levels are known", () => {
  const logger = winston.createLogger({
    levels: { error: 0, audit: 1, info: 2 },
    transports: new VictoriaLogsTransport(),
  });
  logger.log('audit', 'text');
  expect(transport.inputs).toMatchObject([{ level: 'INFO', fields: { level: 'audit' } }]);
});

test('whoever waits for a line to be taken is told', async () => {
  const own = new VictoriaLogsTransport();
  const told = once(own, 'logged');
  winston.createLogger({ transports: own }).info('text');
  expect(await told).toMatchObject([{ message: 'text' }]);
});

test('a line that cannot be read is a record all the same', () => {
  const logger = winston.createLogger({
    format: { transform: (info) => info },
    transports: new VictoriaLogsTransport(),
  });
  logger.write({
    level: 'info',
    message: 'text',
    get broken() {
      throw new Error('theirs');
    },
  });
  expect(transport.inputs).toMatchObject([{ text: 'text', error: new Error('theirs') }]);
});

test('the end of the logger waits for delivery', async () => {
  const logger = winston.createLogger({ transports: new VictoriaLogsTransport() });
  logger.info('text');
  logger.end();
  await once(logger, 'finish');
  expect(transport.calls).toEqual(['flush']);
});

test('records that are not acknowledged in time are told by the logger, without an error', async () => {
  transport.pending = 2;
  const logger = winston.createLogger({ transports: new VictoriaLogsTransport() });
  const warned = once(logger, 'warn');
  logger.end();
  await once(logger, 'finish');
  expect((await warned)[0]).toEqual(new Error('2 log records are not acknowledged yet'));
});

test('winston never has to wait for it', () => {
  const own = new VictoriaLogsTransport();
  winston.createLogger({ transports: own });
  const line = { level: 'info', message: 'text', [Symbol.for('level')]: 'info' };
  const accepted = Array.from({ length: 10_000 }, () => own.write(line));
  expect(accepted.every(Boolean)).toBe(true);
  expect(own.writableLength).toBe(0);
  expect(transport.inputs).toHaveLength(10_000);
});

test('it does not offer to give lines back', () => {
  const own = new VictoriaLogsTransport();
  expect('query' in own || 'stream' in own).toBe(false);
});

test('a transport that was taken off can be added again', () => {
  const own = new VictoriaLogsTransport();
  const logger = winston.createLogger({ transports: own });
  logger.remove(own).add(own).info('text');
  expect(texts()).toEqual(['text']);
});

test('with options it has a transport of its own, with a level it decides alone', async () => {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const data of request) body += data;
    bodies.push(body);
    response.end();
  }).listen(0);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = new VictoriaLogsTransport({
    ...{ url, level: 'debug', job: 'shop', flushTimeoutMs: 60_000 },
  });
  const logger = winston.createLogger({ level: 'silly', transports: own });
  logger.silly('hidden');
  logger.debug('shown', { a: 1 });
  logger.end();
  await once(logger, 'finish');
  own.close();
  server.close();
  const lines = bodies.join('').trimEnd().split('\n').filter(Boolean);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { _msg: 'shown', level: 'DEBUG', logger: 'winston', job: 'shop', a: 1 },
  ]);
  expect(texts()).toEqual([]);
});

test('a logger that ends while the server answers 503 leaves its lines to the end of the process', async () => {
  const bodies: string[] = [];
  let isBusy = true;
  const server = createServer(async (request, response) => {
    const body = await text(request);
    if (!isBusy) bodies.push(body);
    response.writeHead(isBusy ? 503 : 200).end();
  }).listen(0);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const transports = new VictoriaLogsTransport({ url, flushTimeoutMs: 50 });
  const logger = winston.createLogger({ transports });
  logger.info('text').end();
  await once(logger, 'finish');
  // Longer than a flush waits after one in vain.
  await sleep(1_000);
  isBusy = false;
  await vi.waitFor(() => expect(bodies.join('')).toContain('"text"'), { timeout: 5_000 });
  server.close();
});

test('a bad option throws', () => {
  expect(() => new VictoriaLogsTransport({ url: 'ftp://server' })).toThrow(TypeError);
});
