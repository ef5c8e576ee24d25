import { afterEach, expect, it } from 'vitest';
import { callWithoutOwnFrames } from '../src/own-frames.ts';

const { stackTraceLimit } = Error;
afterEach(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

function fails(levels = 0): never {
  if (levels > 0) fails(levels - 1);
  throw new Error('failed');
}

function stackOf(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    return ((error as Error).stack ?? '')
      .split('\n')
      .map((line) => line.replace(/:\d+:\d+\)?$/, ''));
  }
  return [];
}

it('an error that is thrown out of the call has the stack that it would have without direct-logging', () => {
  for (const levels of [0, 5, 20]) {
    const unseen = stackOf(() => callWithoutOwnFrames(fails, undefined, [levels]));
    const direct = stackOf(() => Reflect.apply(fails, undefined, [levels]));
    expect(unseen).toEqual(direct);
    expect(unseen).toHaveLength(stackTraceLimit + 1);
  }
});

it('what a stream keeps of a nested call is cut to the limit of the application', () => {
  const made = { errored: undefined as Error | undefined };
  const fail = (levels: number): void => {
    if (levels > 0) fail(levels - 1);
    else made.errored = new Error('failed');
  };
  const write = () => callWithoutOwnFrames(fail, undefined, [20], made);
  callWithoutOwnFrames(write, undefined, []);
  expect(made.errored?.stack?.split('\n')).toHaveLength(stackTraceLimit + 1);
  // One that the application sets in between is its limit.
  const log = () => {
    Error.stackTraceLimit = 4;
    write();
    expect(Error.stackTraceLimit).toBe(4);
  };
  callWithoutOwnFrames(log, undefined, []);
  expect(made.errored?.stack?.split('\n')).toHaveLength(5);
  write();
  expect(made.errored?.stack?.split('\n')).toHaveLength(5);
});

it('leaves the limit as the application has it, also when it is changed meanwhile', () => {
  callWithoutOwnFrames(() => {}, undefined, []);
  expect(Error.stackTraceLimit).toBe(stackTraceLimit);
  callWithoutOwnFrames(
    () => {
      Error.stackTraceLimit = 42;
    },
    undefined,
    [],
  );
  expect(Error.stackTraceLimit).toBe(42);
});

it('passes on what is no Error as it is', () => {
  const thrown = { stack: 7 };
  expect(() =>
    callWithoutOwnFrames(
      () => {
        throw thrown;
      },
      undefined,
      [],
    ),
  ).toThrow(expect.objectContaining(thrown));
});
