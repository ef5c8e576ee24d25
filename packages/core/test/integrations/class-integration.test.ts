import util from 'node:util';
import { afterEach, expect, test } from 'vitest';
import { classIntegration } from '../../src/integrations/class-integration.ts';

const undos: (() => void)[] = [];
afterEach(() => {
  for (const undo of undos.splice(0)) undo();
});

class Parent {}

type Class = new () => { silent?: unknown };

function make(parent: new () => object = Parent): Class {
  function Made(this: { silent?: unknown; level?: unknown }): void {
    this.silent = true;
    this.level = 'info';
  }
  util.inherits(Made, parent);
  return Made as never;
}

/** The prototypes that are found. */
function found(...properties: string[]): object[] {
  const all: object[] = [];
  const interceptor = {
    watch: (prototype: object) => {
      all.push(prototype);
      Object.defineProperty(prototype, 'silent', { configurable: true, set() {} });
    },
    undo: () => {},
  };
  undos.push(classIntegration('x', properties, () => interceptor).install({} as never));
  return all;
}

test('a class is found by what it mentions while it is made, and nothing shows', () => {
  const before = util.inherits;
  const all = found('silent', 'level');
  const others = found('loud');
  const Made = make();
  expect(all).toEqual([Made.prototype]);
  expect(others).toEqual([]);
  expect([util.inherits.name, util.inherits.length]).toEqual(['inherits', before.length]);
  for (const undo of undos.splice(0).reverse()) undo();
  expect(util.inherits).toBe(before);
  make();
  expect(all).toHaveLength(1);
});

test('a class that derives from one that is watched is no other', () => {
  const all = found('silent', 'level');
  const Made = make();
  make(Made);
  expect(all).toEqual([Made.prototype]);
});
