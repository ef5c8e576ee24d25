import { devNull } from 'node:os';
import { mock } from 'node:test';
import { type IntegrationHost, PrintTracker } from '@direct-logging/core';
import { describe, expect, test } from 'vitest';
import winston from 'winston';
import TransportStream from 'winston-transport';
import {
  countMessages,
  type ShippedRecord,
  shippingPrograms,
  testTerminations,
} from '../../core/test/shipping-programs.ts';
import { Interceptor } from '../src/interceptor.ts';

const run = shippingPrograms(import.meta.url);
const messages = (shipped: readonly ShippedRecord[]) => countMessages(shipped, 'message', 'own ');

describe('the interceptor of winston beside the capture of the standard streams', () => {
  test('ships every line once, wherever its logger writes to', () => {
    const { shipped, stderr, stdout } = run('loggers.ts');

    const many = ['many', 'formatted and many'].flatMap((name) =>
      Array.from({ length: 50 }, (_, at) => `${name} ${at} ${'x'.repeat(2000)}`),
    );
    const rest = ' '.repeat(20_000);
    expect(messages(shipped)).toEqual({
      console: 1,
      stderr: 1,
      stream: 1,
      file: 1,
      'console beside file': 1,
      'silent console beside file': 1,
      'level of console': 1,
      'same object': 3,
      [`fills the file${rest}`]: 2,
      'same for busy file': 4,
      [`fills both${rest}`]: 1,
      'beside busy file': 1,
      'console drops': 1,
      'transport that prints': 1,
      two: 1,
      ours: 1,
      'ours beside file': 1,
      'level of ours': 1,
      'rewritten XXX': 1,
      'console drops later': 1,
      'two files': 1,
      'info: two forms': 1,
      'second of two files': 1,
      'console beside level of ours': 1,
      'all kinds': 1,
      'ours beside two consoles': 1,
      counted: 1,
      'formatted 1': 1,
      child: 1,
      'default logger': 1,
      container: 1,
      'held up 0': 1,
      'held up 1': 1,
      'held up 2': 1,
      ...Object.fromEntries(many.map((message) => [message, 1])),
      'printed beside': 1,
      'thread console': 1,
      'thread console again': 1,
      'thread console that drops': 1,
      // Two forms: what the transport of its own prints, and what the file gets.
      'thread that prints': 2,
      'thread file': 1,
    });
    const child = shipped.find(({ text }) => text.includes('"child"'));
    expect(child).toMatchObject({ logger: 'winston', level: 'WARN' });
    expect(child?.text).toContain('"service":"shop"');
    const printed = shipped.filter(({ text }) => /:"(console|stderr|stream)"/.test(text));
    expect(printed.map(({ logger, level, stream }) => [logger, level, stream])).toEqual([
      ['winston', 'INFO', 'stdout'],
      ['winston', 'INFO', 'stderr'],
      ['winston', 'INFO', 'stdout'],
    ]);
    expect(stdout).toContain('own transport that prints');
    expect(stderr).toContain('"stderr"');
  });

  testTerminations(run, 'winston');

  test('logs what has no text as without us', () => {
    const { status, stdout, shipped } = run('without-text.ts');
    expect({ status, stdout }).toEqual({ status: 0, stdout: 'got error\n' });
    expect(shipped.map(({ text }) => text)).toEqual(['got error']);
  });

  test.each([
    'opens its file later',
    'is followed by a format that throws',
    'is followed by a transport that is busy',
  ])('waits for no later transport in vain when the transport %s', (kind) => {
    expect(messages(run('deferred.ts', [kind]).shipped)).toMatchObject({ last: 1 });
  });
});

test('after it was undone, loggers that it knows only log', () => {
  const shipped: string[] = [];
  const transport = { loggers: 'all', write: ({ text }: { text: string }) => shipped.push(text) };
  const host = { transport, printing: new PrintTracker() };
  const interceptor = new Interceptor(host as unknown as IntegrationHost);
  interceptor.watch(TransportStream.prototype);
  const file = new winston.transports.File({ filename: devNull });
  const logger = winston.createLogger({ transports: file });
  logger.info('before');
  interceptor.undo();
  logger.info('after');
  expect(shipped).toEqual(['{"level":"info","message":"before"}']);
  logger.close();
});

/** As sinon does it: its newer versions hide the properties. */
function spyOn(owner: { log: unknown }): () => number {
  const original = owner.log as (...args: unknown[]) => unknown;
  function spy(this: unknown, ...args: unknown[]): unknown {
    spy.callCount++;
    return Reflect.apply(original, this, args);
  }
  spy.callCount = 0;
  Object.defineProperty(spy, 'callCount', { enumerable: false });
  owner.log = spy;
  return () => (owner.log as typeof spy).callCount;
}

/** As `node:test` does it: with a proxy. */
function mockOn(owner: { log: unknown }): () => number {
  const mocked = mock.method(owner, 'log' as never) as unknown as { mock: Mock };
  return () => (owner.log as typeof mocked).mock.callCount();
}

interface Mock {
  callCount(): number;
}

test.each([spyOn, mockOn])(
  'a class of transports tells how often a spy on it was called',
  (spy) => {
    class Own extends TransportStream {
      override log(_: unknown, next: () => void): void {
        next();
      }
    }
    const callCount = spy(Own.prototype);
    const transport = { loggers: 'all', write: () => {} };
    const host = { transport, printing: new PrintTracker() };
    const interceptor = new Interceptor(host as unknown as IntegrationHost);
    interceptor.watch(TransportStream.prototype);
    winston.createLogger({ transports: new Own() }).info('counted');
    expect(callCount()).toBe(1);
    interceptor.undo();
  },
);
