import { expect, test } from 'vitest';
import { type Info, inputFromLine } from '../src/from-line.ts';

const info = (level: string, rest: object = {}) =>
  ({ level, [Symbol.for('level')]: level, ...rest }) as Info;

test('a text is the message as it stands, and nothing else of the info is in it', () => {
  const input = inputFromLine('warn: ***', info('warn', { password: 'secret' }), {}, 'stderr');
  expect(input).toEqual({
    text: 'warn: ***',
    logger: 'winston',
    level: 'WARN',
    fields: undefined,
    stream: 'stderr',
  });
});

test('JSON is left to be read, with the level of the logger', () => {
  expect(inputFromLine('{"level":"http"}', info('http'))).toMatchObject({
    level: 'DEBUG',
    keys: {},
    stream: undefined,
  });
});

test('a level that says more than ours is kept beside a text', () => {
  expect(inputFromLine('text', info('http')).fields).toEqual({ level: 'http' });
  expect(inputFromLine('text', info('warning')).fields).toBeUndefined();
});

test('colors are for people', () => {
  expect(inputFromLine('\u001b[32minfo\u001b[39m: text', info('info')).text).toBe('info: text');
});
