import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeTransport, fakeTransport, share } from '../../core/test/fake-transport.ts';
import { pinoDestination } from '../src/index.ts';

let transport: FakeTransport;
let unshare: () => void;

beforeEach(() => {
  transport = fakeTransport();
  unshare = share(transport);
});
afterEach(() => unshare());

test('every line arrives before the logging call returns', () => {
  const logger = pino({ base: null, timestamp: false }, pinoDestination());
  logger.warn({ big: 2n ** 60n, at: 1 }, 'text');
  expect(transport.inputs).toEqual([
    {
      text: '{"level":40,"big":1152921504606846976,"at":1,"msg":"text"}',
      logger: 'pino',
      level: 'WARN',
      keys: { message: 'msg' },
    },
  ]);
});

test('pino takes it as its only argument', () => {
  pino(pinoDestination()).info('text');
  expect(transport.inputs).toHaveLength(1);
});

test('names come from the logger or its parents, never from what is logged', () => {
  const destination = pinoDestination();
  pino({ name: 'shop' }, destination).child({ part: 'cart' }).info('a');
  pino({}, destination).child({ name: 'stock' }).info('b');
  pino({}, destination).info({ name: 'Ada' }, 'c');
  expect(transport.inputs.map(({ logger }) => logger)).toEqual(['shop', 'stock', 'pino']);
});

test('a level that the line does not show is known', () => {
  const formatters = { level: () => ({}) };
  pino({ formatters }, pinoDestination()).error('text');
  expect(transport.inputs[0]?.level).toBe('ERROR');
});

test('it is one of several streams', () => {
  pino({}, pino.multistream([{ stream: { write() {} } }, { stream: pinoDestination() }])).info('a');
  expect(transport.inputs).toHaveLength(1);
});

test('flush calls back when everything is acknowledged, with an error when the time is up', async () => {
  const logger = pino({}, pinoDestination());
  const flush = () => new Promise((resolve) => logger.flush(resolve));
  expect(await flush()).toBeUndefined();
  transport.pending = 2;
  expect(await flush()).toEqual(new Error('2 log records are not acknowledged yet'));
});

test('fatal flushes at once', () => {
  pino({}, pinoDestination()).fatal('text');
  expect(transport.calls).toEqual(['flushSync']);
});

test('fatal blocks shortly when it has blocked in vain, until the server answers', () => {
  const logger = pino({}, pinoDestination());
  for (const pending of [1, 1, 0, 0]) {
    transport.pending = pending;
    logger.fatal('text');
  }
  expect(transport.bounds).toEqual([undefined, 50, 50, undefined]);
});

test('a bad option throws', () => {
  expect(() => pinoDestination({ url: 'ftp://server' })).toThrow(TypeError);
  expect(() => pinoDestination('http://h' as never)).toThrow(
    'options: must be an object; got string',
  );
});

test('what was logged is not held', () => {
  const destination = pinoDestination();
  pino({}, destination).info({ large: 'x' }, 'text');
  expect(destination).toMatchObject({ lastObj: undefined, lastLogger: undefined });
});
