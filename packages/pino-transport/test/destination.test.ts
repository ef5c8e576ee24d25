import { createTransport, sharedLines, type TransportOptions } from '@direct-logging/core';
import pino from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type FakeTransport, fakeTransport, share } from '../../core/test/fake-transport.ts';
import { Sink } from '../src/destination.ts';
import { pinoDestination } from '../src/index.ts';

let transport: FakeTransport;
let unshare: () => void;

beforeEach(() => {
  transport = fakeTransport();
  unshare = share(transport);
});
afterEach(() => {
  unshare();
  sharedLines().common = undefined;
});

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
});

test('what was logged is not held', () => {
  const destination = pinoDestination();
  pino({}, destination).info({ large: 'x' }, 'text');
  expect(destination).toMatchObject({ lastObj: undefined, lastLogger: undefined });
});

const url = 'http://127.0.0.1:9';
const unknown = () => undefined;
let count = 0;

/** Whether a destination ships a line that the preload has printed, and the preload prints one that a destination has got. */
function areDue(sink: Sink): { afterPrint: boolean; print: boolean } {
  const [printed, filed] = [`line ${count++}`, `line ${count++}`];
  const [file, destination] = [{}, {}];
  sharedLines().isToBePrinted(file, printed);
  const afterPrint = sink.isDue(destination, printed, unknown);
  sink.isDue(destination, filed, unknown);
  return { afterPrint, print: sharedLines().isToBePrinted(file, filed) };
}

test.each<[string, TransportOptions, boolean]>([
  ['the same server', { url }, true],
  [
    'the same server, with other settings',
    { url, containerName: 'shop', maxQueueBytes: 2e6 },
    true,
  ],
  ['another server', { url: 'http://127.0.0.1:10' }, false],
  ['another path', { url: `${url}/logs` }, false],
  ['another tenant', { url, accountId: 7 }, false],
])(
  'with options, it shares lines with the preload only to the same place: %s',
  (_, options, isShared) => {
    const sink = new Sink(options);
    expect(areDue(sink)).toEqual({ afterPrint: true, print: true });
    sharedLines().common = createTransport({ url });
    expect(areDue(sink)).toEqual({ afterPrint: !isShared, print: !isShared });
    sharedLines().common = undefined;
    expect(areDue(sink)).toEqual({ afterPrint: true, print: true });
  },
);

test('the shared transport shares lines, unless the preload was given another place', () => {
  const sink = new Sink();
  expect(areDue(sink)).toEqual({ afterPrint: false, print: false });
  sharedLines().common = transport;
  expect(areDue(sink)).toEqual({ afterPrint: false, print: false });
  sharedLines().common = createTransport({ url });
  expect(areDue(sink)).toEqual({ afterPrint: true, print: true });
});

test.each<[TransportOptions['level'], TransportOptions['level']]>([
  ['DEBUG', 'WARN'],
  ['WARN', 'DEBUG'],
])(
  'no line is left out for one that has another level: %s, and %s without code',
  (level, common) => {
    sharedLines().common = createTransport({ url, level: common });
    const sink = new Sink({ url, level });
    const isDue = (line: string, at: 'INFO' | 'WARN' | undefined) => {
      sharedLines().isToBePrinted({}, line);
      return sink.isDue({}, line, () => at);
    };
    expect([isDue('a', 'INFO'), isDue('b', 'WARN'), isDue('c', undefined)]).toEqual([
      true,
      false,
      true,
    ]);
  },
);

test('a flush waits for the lines that the preload has shipped, too, and blocks in vain once', async () => {
  transport.pending = 2;
  Object.assign(transport, { destination: createTransport({ url }).destination });
  const destination = pinoDestination({ url });
  const flush = () => new Promise((resolve) => destination.flush(resolve));
  destination.flushSync();
  expect(await flush()).toBeUndefined();
  sharedLines().common = transport;
  expect(await flush()).toEqual(new Error('2 log records are not acknowledged yet'));
  destination.flushSync();
  destination.flushSync();
  expect(transport.bounds).toEqual([undefined, 50]);
});

test('a flush that blocks in vain for one transport blocks shortly for the other', () => {
  const own = fakeTransport();
  own.pending = 1;
  unshare();
  unshare = share(own);
  const sink = new Sink();
  sharedLines().common = transport;
  expect(sink.flushSync({})).toEqual({ complete: false, pending: 1 });
  expect([own.bounds, transport.bounds]).toEqual([[undefined], [50]]);
});
