import util from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { findClass, watchAssigned } from '../../src/integrations/find-class.ts';

const undos: (() => void)[] = [];
afterEach(() => {
  for (const undo of undos.splice(0)) undo();
});

class Parent {}

function make(): new () => { silent?: unknown } {
  function Made(this: { silent?: unknown; level?: unknown }): void {
    this.silent = true;
    this.level = 'info';
  }
  util.inherits(Made, Parent);
  return Made as never;
}

test('a class is found by what it mentions while it is made, and nothing shows', () => {
  const before = util.inherits;
  const found: object[] = [];
  undos.push(findClass(['silent', 'level'], (prototype) => found.push(prototype)));
  undos.push(findClass(['loud'], () => expect.fail('it is another class')));
  const Made = make();
  expect(found).toEqual([Made.prototype]);
  expect([util.inherits.name, util.inherits.length]).toEqual(['inherits', before.length]);
  for (const undo of undos.splice(0).reverse()) undo();
  expect(util.inherits).toBe(before);
  make();
  expect(found).toHaveLength(1);
});

test('what a constructor assigns is seen first, and is an ordinary property afterwards', () => {
  const Made = make();
  const seen: unknown[] = [];
  const stop = watchAssigned(Made.prototype, 'silent', (_, value) => {
    seen.push(value);
    return 'ours';
  });
  const made = new Made();
  expect(seen).toEqual([true]);
  expect(Object.getOwnPropertyDescriptor(made, 'silent')).toEqual({
    value: 'ours',
    ...{ writable: true, enumerable: true, configurable: true },
  });
  stop();
  expect(new Made().silent).toBe(true);
  expect(Object.hasOwn(Made.prototype, 'silent')).toBe(false);
});
