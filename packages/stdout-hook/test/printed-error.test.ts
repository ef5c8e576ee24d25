import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { processorMs } from '../../core/test/processor-time.ts';
import { isPrinted } from '../src/printed-error.ts';

class OrderError extends Error {}

const CAUSED = new Error('outer', { cause: new RangeError('inner') });
const COLLECTED = new AggregateError([new Error('one'), new Error('two')], 'several');
/** Each error has frames that the other one has not: Node leaves out those in the middle that are printed with the cause. */
const WRAPPED = wrapped(8);
const CODED = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
const NUMBERED = Object.assign(new Error('refused'), { code: 4111 });
/** More than a record has. */
const MANY = Object.assign(
  new Error('outer', { cause: new Error('first', { cause: new Error('second') }) }),
  { errors: Array.from({ length: 12 }, (_, at) => new Error(`part ${at};`)) },
);

test.each([
  ['an error', new Error('text')],
  ['a class that has not set its name', new OrderError('text')],
  ['a cause', CAUSED],
  ['a cause that was thrown further down', WRAPPED],
  ['collected errors', COLLECTED],
  ['a code', CODED],
  ['a code that is a number', NUMBERED],
  ['more errors than a record has', MANY],
  ['an error of a function that calls itself', repeated(30)],
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
  ['without the code, a number,', NUMBERED, /4111/g],
  ['without the last one that a record has', MANY, /part 8;/g],
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

test('long texts that a stranger has chosen take linear time', () => {
  const ms = processorMs(() => {
    const half = 'a'.repeat(1_000_000);
    const error = new Error(`refused: ${half}\nb${half}`);
    expect(isPrinted(error, `cannot add refused: ${half}${half}: ${error.stack}`)).toBe(true);
    expect(isPrinted(error, `cannot add refused: ${half}${half}`)).toBe(false);
  });
  expect(ms).toBeLessThan(10_000);
});

function wrapped(depth: number): Error {
  if (depth > 0) return wrapped(depth - 1);
  try {
    return throws();
  } catch (cause) {
    return new Error('outer', { cause });
  }
}

function throws(): never {
  throw new Error('inner');
}

/** With more frames than usual: Node collapses those that repeat. */
function repeated(frames: number): Error {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = frames;
  const made = (left: number): Error => (left > 0 ? made(left - 1) : new Error('deep'));
  const error = made(frames);
  Error.stackTraceLimit = stackTraceLimit;
  return error;
}
