import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { isPrinted } from '../src/printed-error.ts';

class OrderError extends Error {}

const CAUSED = new Error('outer', { cause: new RangeError('inner') });
const COLLECTED = new AggregateError([new Error('one'), new Error('two')], 'several');
const CODED = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });

test.each([
  ['an error', new Error('text')],
  ['a class that has not set its name', new OrderError('text')],
  ['a cause', CAUSED],
  ['collected errors', COLLECTED],
  ['a code', CODED],
  ['a message of several lines', new Error('a\n  b')],
])('%s is printed as Node shows it', (_, error) => {
  expect(isPrinted(error, inspect(error))).toBe(true);
  expect(isPrinted(error, inspect({ error, other: 1 }, { depth: 9 }))).toBe(true);
});

test.each([
  ['whose message is redacted', new Error('card=4111'), 'card=4111'],
  ['without the frames', new Error('text'), /\n {4}at .*/g],
  ['without the cause', CAUSED, /inner/g],
  ['without a collected error', COLLECTED, /two/g],
  ['without the code', CODED, /ECONNREFUSED/g],
])('an error %s is not', (_, error, hidden) => {
  expect(isPrinted(error, inspect(error).replaceAll(hidden, '***'))).toBe(false);
});

test('an error that throws when it is read is not', () => {
  const error = new Error('text');
  Object.defineProperty(error, 'stack', {
    get() {
      throw new Error('a getter');
    },
  });
  expect(isPrinted(error, 'Error: text')).toBe(false);
});

test('many lines that a stranger has written take linear time: in the square of their number, minutes', () => {
  const error = new Error(Array.from({ length: 200_000 }, (_, line) => `${line},`).join('\n'));
  expect(isPrinted(error, inspect(error))).toBe(true);
});

test('long texts that a stranger has chosen take linear time', { timeout: 10_000 }, () => {
  const half = 'a'.repeat(1_000_000);
  const error = new Error(`refused: ${half}\nb${half}`);
  expect(isPrinted(error, `cannot add refused: ${half}${half}: ${error.stack}`)).toBe(true);
  expect(isPrinted(error, `cannot add refused: ${half}${half}`)).toBe(false);
});
