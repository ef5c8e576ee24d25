import { otherThreads } from '@direct-logging/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchWaits } from '../src/watch-waits.ts';

/** What is done at the end of this thread, and before it blocks, for each transport. */
const { all } = otherThreads as unknown as { all: Set<object> };
const steps = { rest: () => void rests++ };
const word = new Int32Array(new SharedArrayBuffer(4));
const before = Atomics.wait;
let rests = 0;
let stop: (() => void) | undefined;

beforeEach(() => {
  rests = 0;
  all.add(steps);
  stop = watchWaits();
});
afterEach(() => {
  stop?.();
  all.delete(steps);
  vi.unstubAllGlobals();
});

/** All at the same place of this file. */
function stackOf(wait: typeof Atomics.wait, args: unknown[]): string | undefined {
  try {
    Reflect.apply(wait, Atomics, args);
    return undefined;
  } catch (error) {
    return (error as Error).stack;
  }
}

it('ends open requests before each wait', () => {
  expect(Atomics.wait(word, 0, 0, 1)).toBe('timed-out');
  const { wait } = Atomics;
  expect(wait(word, 0, 1)).toBe('not-equal');
  expect(rests).toBe(2);
});

it('does not ask Object.prototype how it is called', () => {
  Object.assign(Object.prototype, { get: 'anything' });
  let result: string | undefined;
  try {
    result = Atomics.wait(word, 0, 1);
  } finally {
    Reflect.deleteProperty(Object.prototype, 'get');
  }
  expect([result, rests]).toEqual(['not-equal', 1]);
});

it('throws what the function throws, without a frame of ours, however few there may be', () => {
  const limit = Error.stackTraceLimit;
  for (const wrong of [[1], [], [new Int32Array(1), 0, 0], [word, 9, 0]]) {
    for (Error.stackTraceLimit of [limit, 2]) {
      const [ours, its] = [Atomics.wait, before].map((wait) => stackOf(wait, wrong));
      expect(ours).toContain('Error: ');
      expect(ours).toBe(its);
    }
  }
  Error.stackTraceLimit = limit;
});

it('looks the same', () => {
  expect(Atomics.wait).not.toBe(before);
  expect(Object.getOwnPropertyDescriptors(Atomics.wait)).toEqual(
    Object.getOwnPropertyDescriptors(before),
  );
  const { value, ...rest } = Object.getOwnPropertyDescriptor(Atomics, 'wait') ?? {};
  expect(rest).toEqual({ writable: true, enumerable: false, configurable: true });
  expect(String(value)).toContain('[native code]');
});

it('does nothing if a transport fails, and goes on with the others', () => {
  const failing = {
    rest() {
      throw new Error('of a transport');
    },
  };
  all.delete(steps);
  all.add(failing).add({}).add(steps);
  expect(Atomics.wait(word, 0, 1)).toBe('not-equal');
  expect(rests).toBe(1);
  all.delete(failing);
});

it('is stopped', () => {
  stop?.();
  expect(Atomics.wait).toBe(before);
});

it('leaves alone what the program has frozen, or removed', () => {
  for (const program of [Object.freeze({ wait: before }), {}, undefined]) {
    const members = { ...program };
    vi.stubGlobal('Atomics', program);
    watchWaits();
    expect(globalThis.Atomics).toBe(program);
    expect({ ...program }).toEqual(members);
  }
});
