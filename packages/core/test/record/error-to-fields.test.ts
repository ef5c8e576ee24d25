import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { describeError } from '../../src/record/error-to-fields.ts';
import { isError } from '../../src/record/is-error.ts';

describe('describeError', () => {
  test('type, message, stack and code', () => {
    const error = Object.assign(new TypeError('boom'), { code: 'E_BOOM' });
    expect(describeError(error)).toEqual({
      type: 'TypeError',
      message: 'boom',
      stack: error.stack,
      code: 'E_BOOM',
    });
  });

  test('a class without a name of its own is known by its constructor', () => {
    class PaymentFailed extends Error {}
    expect(describeError(new PaymentFailed('x')).type).toBe('PaymentFailed');
  });

  test('causes and collected errors follow in the stack, cycles end', () => {
    const root: Error & { cause?: unknown } = new Error('root');
    const all = new AggregateError([new Error('one'), 'two'], 'all', { cause: root });
    root.cause = all;
    const { stack } = describeError(all);
    expect(stack).toContain('AggregateError: all');
    expect(stack).toContain('\nError 1 of 2: Error: one\n');
    expect(stack).toContain('\nError 2 of 2: two');
    expect(stack).toContain('\nCaused by: Error: root\n');
    expect(stack?.match(/AggregateError/g)).toHaveLength(1);
  });

  test.each([
    ['text', { type: 'string', message: 'text' }],
    [42n, { type: 'bigint', message: '42' }],
    [null, { type: 'null', message: 'null' }],
    [undefined, { type: 'undefined', message: 'undefined' }],
    [{ message: 'm' }, { type: 'Object', message: 'm' }],
  ])('thrown %o', (value, expected) => {
    expect(describeError(value)).toEqual({ ...expected, stack: undefined, code: undefined });
  });

  test('survives what fights back', () => {
    const hostile = new Error('x');
    for (const key of ['name', 'message', 'stack', 'cause', 'errors', 'code', 'constructor']) {
      Object.defineProperty(hostile, key, {
        get() {
          throw new Error('no');
        },
      });
    }
    expect(describeError(hostile).type).toBe('Error');
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(() => describeError(proxy)).not.toThrow();
    expect(() => describeError(Object.create(null))).not.toThrow();
  });
});

test('errors are known whatever their realm, and nothing else is asked for being one', () => {
  expect(isError(new TypeError('x'))).toBe(true);
  expect(isError(runInNewContext('new Error("x")'))).toBe(true);
  expect(isError(Object.create(new Error('x')))).toBe(true);
  expect(isError({ message: 'm', stack: 's' })).toBe(false);
  expect(isError(null)).toBe(false);
  const traps = { get: () => expect.unreachable(), getPrototypeOf: () => expect.unreachable() };
  expect(isError(new Proxy(new Error('x'), traps))).toBe(false);
});
