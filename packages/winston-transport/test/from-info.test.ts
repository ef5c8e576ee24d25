import { expect, test } from 'vitest';
import { inputFrom } from '../src/from-info.ts';
import type { Info } from '../src/from-line.ts';
import type { Levels } from '../src/levels.ts';

const LEVEL = Symbol.for('level');
const SPLAT = Symbol.for('splat');

function info(level: string, message: unknown, rest: object = {}): Info {
  return { level, message, [LEVEL]: level, ...rest } as Info;
}

test('the text is the message, and what stands beside it are fields', () => {
  const fields = { tags: ['a'], [Symbol.for('message')]: 'WARN: text' };
  const input = inputFrom(info('warn', 'text', fields));
  expect(input).toMatchObject({ text: 'text', logger: 'winston', level: 'WARN' });
  expect(Object.entries(input.fields ?? {})).toEqual([['tags', ['a']]]);
  expect(inputFrom(info('info', 'text')).fields).toBeUndefined();
});

test('a line with simple fields beside it is shipped as the JSON that it is', () => {
  const input = inputFrom(info('warn', 'text', { service: 'shop', amount: 1 }));
  expect(input).toMatchObject({ logger: 'winston', level: 'WARN' });
  const whole = { level: 'warn', message: 'text', service: 'shop', amount: 1 };
  expect(JSON.parse(input.text)).toEqual(whole);
});

test.each([
  ['several lines', info('info', 'a\nb', { a: 1 })],
  ['JSON as its message', info('info', '{"a":1}', { a: 1 })],
  ['no message', info('info', '', { a: 1 })],
  ['a stack', info('info', 'text', { stack: 'Error: a\n    at b' })],
  ['what has no JSON', info('info', 'text', { big: 1n })],
  ['a level that says more than ours', info('notice', 'text', { a: 1 })],
])('a line with %s is not', (_, line) => {
  expect(inputFrom(line).fields).toBeDefined();
});

test('colors are for people', () => {
  const line = info('info', '\u001b[32mtext\u001b[39m', { level: '\u001b[32minfo\u001b[39m' });
  expect(inputFrom(line)).toMatchObject({ text: 'text', level: 'INFO' });
});

test.each([
  ['crit', 'FATAL', undefined],
  ['warning', 'WARN', undefined],
  ['trace', 'TRACE', undefined],
  ['emerg', 'FATAL', 'emerg'],
  ['notice', 'INFO', 'notice'],
  ['http', 'DEBUG', 'http'],
  ['silly', 'TRACE', 'silly'],
])('level %s stands for %s', (name, level, kept) => {
  const input = inputFrom(info(name, 'text'));
  expect(input.level).toBe(level);
  expect(input.fields?.level).toBe(kept);
});

const CLI: Levels = {
  error: 0,
  warn: 1,
  help: 2,
  data: 3,
  info: 4,
  debug: 5,
  prompt: 6,
  verbose: 7,
};

test.each([
  ['help', CLI, 'INFO'],
  ['prompt', CLI, 'DEBUG'],
  ['chatter', { error: 0, info: 1, chatter: 2 }, 'INFO'],
  ['foo', { foo: 0, bar: 1 }, undefined],
])('a level of one own counts by its priority: %s', (name, levels, expected) => {
  const input = inputFrom(info(name, 'text'), levels as Levels);
  expect(input).toMatchObject({ level: expected, fields: { level: name } });
});

test('an error that is logged, as it is or beside a text', () => {
  const error = new Error('broken', { cause: 'why' });
  const alone = Object.assign(new Error('alone'), { level: 'error', [LEVEL]: 'error', code: 7 });
  expect(inputFrom(alone as unknown as Info)).toMatchObject({
    text: 'alone',
    error: alone,
    fields: { code: 7 },
  });
  const meta = { stack: error.stack, cause: 'why', [SPLAT]: [error] };
  expect(inputFrom(info('error', 'text broken', meta))).toMatchObject({ error, fields: undefined });
  expect(inputFrom(info('error', error))).toMatchObject({ text: '', error, fields: undefined });
});

test('a message that is no text is a field', () => {
  expect(inputFrom(info('info', { a: 1 }))).toMatchObject({
    text: '',
    fields: { message: { a: 1 } },
  });
});
