import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import winston from 'winston';
import TransportStream from 'winston-transport';
import { shippingPrograms } from '../../core/test/shipping-programs.ts';
import { LineContexts } from '../src/line-contexts.ts';

const run = shippingPrograms(import.meta.url);

test.each([
  'a Console beside a File',
  'a File',
  'a File before a slow transport',
  'a Console before a slow transport',
  'a Console that is slow',
  'formats that copy the line',
  'our transport, in code',
  'our transport with a format of its own',
])('a line that has to wait keeps the ids of the request that logged it: %s', (kind) => {
  const { shipped } = run('requests.ts', [kind]);
  const lines = shipped.map(({ text, trace_id }) => {
    const message: string = text.startsWith('{') ? JSON.parse(text).message : text;
    return [message, trace_id?.[0]];
  });
  expect(lines).toHaveLength(180);
  expect(lines.filter(([message, id]) => message?.[0] !== id)).toEqual([]);
});

test('a logger that is held up looks the same, and has its own methods back when it is not any more', () => {
  const taken: Array<() => void> = [];
  const transport = new TransportStream({ log: (_, next) => taken.push(next) });
  const logger = winston.createLogger({ transports: [transport] });
  const { write } = logger;
  const contexts = new LineContexts();
  contexts.follow(logger);
  const keys = Object.keys(logger);
  for (let at = 0; at < 60; at++) logger.info('line');
  expect(Object.hasOwn(logger, 'write')).toBe(true);
  expect(Object.keys(logger)).toEqual(keys);
  expect(inspect(logger, { depth: 0 })).not.toContain('write:');
  while (taken.length > 0) taken.shift()?.();
  contexts.follow(logger);
  expect(logger.write).toBe(write);
});
