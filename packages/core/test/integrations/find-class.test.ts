import util from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { findClass } from '../../src/integrations/find-class.ts';

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
