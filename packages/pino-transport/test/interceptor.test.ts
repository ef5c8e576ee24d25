import { devNull } from 'node:os';
import { type IntegrationHost, PrintTracker } from '@direct-logging/core';
import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import {
  countMessages,
  type ShippedRecord,
  shippingPrograms,
  testTerminations,
} from '../../core/test/shipping-programs.ts';
import { Interceptor } from '../src/interceptor.ts';

const run = shippingPrograms(import.meta.url);
const messages = (shipped: readonly ShippedRecord[]) => countMessages(shipped, 'msg', 'pretty ');

/** How often each line of `destinations.ts` is shipped, but for those that only files get. */
const PRINTED = {
  default: 1,
  'descriptor sync': 1,
  'descriptor async': 1,
  stderr: 1,
  stream: 1,
  'object that prints': 1,
  'two, one prints': 1,
  'file and stderr': 1,
  'two, deduped': 1,
  ours: 1,
  'ours beside another': 1,
  'ours and printed': 1,
  piped: 1,
  'thread prints': 1,
  'thread console': 1,
  'thread ours': 1,
  // It is printed twice.
  'thread twice': 2,
  'thread again': 1,
  'printed beside': 1,
  'thread stream': 1,
  'thread descriptor': 1,
  'thread object that prints': 1,
};

describe('the interceptor of pino beside the capture of the standard streams', () => {
  test.each([
    ['0', 'sync', 30],
    ['1000', 'sync', 0],
    ['1000', 'async', 0],
  ])(
    'a destination without a logger (minLength %s, %s): no line has the ids of another request',
    (minLength, sync, own) => {
      const { shipped } = run('buffered.ts', [minLength, sync]);
      expect(shipped).toHaveLength(30);
      const ids = shipped.map(({ text, trace_id }) => [text[0], trace_id?.[0]]);
      expect(ids.filter(([name, id]) => id === name)).toHaveLength(own);
      expect(ids.filter(([name, id]) => id !== undefined && id !== name)).toEqual([]);
    },
  );

  // pino keeps the flags of an ES module's process from its worker threads, but not the variable.
  test.each(['command line', 'NODE_OPTIONS'] as const)(
    'ships every line once, wherever its logger writes to, preloaded by %s',
    (flags) => {
      const { shipped, stderr, stdout } = run('destinations.ts', [], { flags });

      // What an object of the application's own is given and does not print is in no record.
      expect(messages(shipped)).toEqual({
        ...PRINTED,
        ...{ file: 1, 'file async': 1, 'file stream': 1, named: 1, two: 1 },
        ...{ 'rewritten XXXXXX': 1, 'thread file': 1 },
      });
      expect(shipped.find(({ text }) => text.includes('"named"'))?.logger).toBe('shop');
      expect(shipped.find(({ text }) => text.includes('"default"'))).toMatchObject({
        logger: 'pino',
        stream: 'stdout',
      });
      for (const name of ['"two, deduped"', '"file and stderr"', '"stderr"']) {
        expect(shipped.find(({ text }) => text.includes(name))?.stream).toBe('stderr');
      }
      expect(stdout).toContain('"thread again"');
      expect(stderr).toContain('"stderr"');
    },
  );

  test('ships only what is printed where the setting says so', () => {
    const env = { VICTORIALOGS_LOGGERS: 'printed' };
    const { shipped } = run('destinations.ts', [], { env, flags: 'NODE_OPTIONS' });

    expect(messages(shipped)).toEqual(PRINTED);
  });

  test('a text of several lines that a thread writes to a file is one record', () => {
    const { shipped } = run('text-file.ts', [], { flags: 'NODE_OPTIONS' });

    const texts = shipped.map(({ text }) => text);
    expect(texts).toEqual(['WARN: one\n    of: two lines', 'WARN: another\n    of: two lines']);
  });

  testTerminations(run, 'pino');

  test('keeps the order of lines that wait to be printed, however long they are', () => {
    const { shipped } = run('long-lines.ts');

    const seen = shipped.map(({ text, logger }) => [JSON.parse(text).msg[0], logger]);
    expect(seen).toEqual([
      ['a', 'pino'],
      ['b', 'pino'],
      ['c', 'pino'],
    ]);
  });

  test('ends no program that logs where the stack has ended, and catches that', () => {
    const { shipped, status, stderr } = run('full-stack.ts');

    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(messages(shipped)).toMatchObject({ 'goes on': 1, caught: 2 });
  });
});

test('after it was undone, loggers that it knows only log', () => {
  const shipped: string[] = [];
  const transport = { loggers: 'all', write: ({ text }: { text: string }) => shipped.push(text) };
  const host = { transport, printing: new PrintTracker() };
  const interceptor = new Interceptor(host as unknown as IntegrationHost);
  interceptor.watch(Object.getPrototypeOf(pino.destination({ dest: devNull, sync: true })));
  const logger = pino(
    { base: null, timestamp: false },
    pino.destination({ dest: devNull, sync: true }),
  );
  logger.info('before');
  interceptor.undo();
  logger.info('after');
  expect(shipped).toEqual(['{"level":30,"msg":"before"}']);
});
