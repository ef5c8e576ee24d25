import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { type AnyFunction, replaceMethod, watchCalls } from '../../src/process/replace-method.ts';

function makeOwner() {
  const calls: unknown[] = [];
  const log = function log(this: unknown, ...args: [unknown, unknown]) {
    calls.push(['original', this === owner, ...args]);
    return 'result';
  };
  const owner: { log: AnyFunction } = { log };
  return { owner, log, calls };
}

const passing = (original: AnyFunction): AnyFunction =>
  function (...args) {
    return original.apply(this, args);
  };

describe('replaceMethod', () => {
  it('lets the replacement call the original with its receiver and arguments', () => {
    const { owner, log, calls } = makeOwner();
    replaceMethod(owner, 'log', passing);
    expect(owner.log).not.toBe(log);
    expect(owner.log(1, 2)).toBe('result');
    expect(calls).toEqual([['original', true, 1, 2]]);
  });

  it('gives the replacement the name, length and other properties of the original', () => {
    const custom = () => Promise.resolve();
    const named = (_a: unknown, _b: unknown) => {};
    const original = Object.assign(named, {
      [promisify.custom]: custom,
    });
    const owner = { log: original as AnyFunction };
    replaceMethod(owner, 'log', passing);
    const { name, length } = owner.log;
    expect([name, length]).toEqual([original.name, 2]);
    expect(Reflect.get(owner.log, promisify.custom)).toBe(custom);
  });

  it('restores a method of its own with its attributes', () => {
    const { owner, log } = makeOwner();
    Object.defineProperty(owner, 'log', { enumerable: false });
    const before = Object.getOwnPropertyDescriptor(owner, 'log');
    const restore = replaceMethod(owner, 'log', passing);
    expect(Object.getOwnPropertyDescriptor(owner, 'log')).toEqual({ ...before, value: owner.log });
    restore();
    expect(Object.getOwnPropertyDescriptor(owner, 'log')).toEqual(before);
    expect(owner.log).toBe(log);
  });

  it('lets the replacement call an inherited method as it is then', () => {
    const prototype = { log: () => 'at first' };
    const owner: { log: AnyFunction } = Object.create(prototype);
    replaceMethod(owner, 'log', passing);
    prototype.log = () => 'patched';
    expect(owner.log()).toBe('patched');
  });

  it.each([true, false])(
    'replaces an inherited method, enumerable: %s, and leaves no trace',
    (enumerable) => {
      const prototype = Object.defineProperty({}, 'log', {
        ...{ value: () => 'inherited', enumerable, configurable: true, writable: true },
      });
      const owner = Object.create(prototype) as { log: AnyFunction };
      const restore = replaceMethod(owner, 'log', () => () => 'replaced');
      expect(owner.log()).toBe('replaced');
      expect(Object.getOwnPropertyDescriptor(owner, 'log')).toMatchObject({
        enumerable,
        writable: true,
      });
      restore();
      expect(Object.hasOwn(owner, 'log')).toBe(false);
      expect(owner.log()).toBe('inherited');
    },
  );

  it('leaves a method that another module has patched since', () => {
    const { owner } = makeOwner();
    const restore = replaceMethod(owner, 'log', passing);
    const theirs = () => 'theirs';
    owner.log = theirs;
    restore();
    expect(owner.log).toBe(theirs);
  });

  it('does nothing for what is not a method', () => {
    const owner = { log: 7 };
    replaceMethod(owner, 'log', passing)();
    replaceMethod(owner, 'missing', passing)();
    expect(owner).toEqual({ log: 7 });
  });
});

describe('watchCalls', () => {
  it('sees a call and its result, and changes nothing', () => {
    const owner = {
      by: 2,
      times(this: { by: number }, number: number): number {
        return number * this.by;
      },
    };
    const seen: unknown[] = [];
    const undo = watchCalls(owner, 'times', (self, args) => {
      seen.push(self === owner, ...args);
      return (result: unknown) => seen.push(result);
    });
    expect([owner.times(3), owner.times.name, owner.times.length]).toEqual([6, 'times', 1]);
    expect(seen).toEqual([true, 3, 6]);
    undo();
    owner.times(4);
    expect(seen).toHaveLength(3);
  });

  it('lets nothing through that is thrown while it looks', () => {
    const owner = { twice: (number: number) => 2 * number };
    const fail = () => {
      throw new Error('ours');
    };
    watchCalls(owner, 'twice', fail);
    watchCalls(owner, 'twice', () => fail);
    expect(owner.twice(2)).toBe(4);
  });

  it('passes on what the method throws, and is told of no result', () => {
    const owner = {
      fails() {
        throw new Error('theirs');
      },
    };
    const told: unknown[] = [];
    watchCalls(owner, 'fails', () => (result: unknown) => told.push(result));
    expect(() => owner.fails()).toThrow('theirs');
    expect(told).toEqual([]);
  });
});
