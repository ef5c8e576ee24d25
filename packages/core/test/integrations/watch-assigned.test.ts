import { expect, test } from 'vitest';
import { watchAssigned } from '../../src/integrations/watch-assigned.ts';

function Made(this: { silent?: unknown }): void {
  this.silent = true;
}

function make(): { silent?: unknown } {
  return Reflect.construct(Made, []);
}

test('what a constructor assigns is seen first, and is an ordinary property afterwards', () => {
  const seen: unknown[] = [];
  const stop = watchAssigned(Made.prototype, 'silent', (_, value) => {
    seen.push(value);
    return 'ours';
  });
  const made = make();
  expect(seen).toEqual([true]);
  expect(Object.getOwnPropertyDescriptor(made, 'silent')).toEqual({
    value: 'ours',
    ...{ writable: true, enumerable: true, configurable: true },
  });
  stop();
  expect(make().silent).toBe(true);
  expect(Object.hasOwn(Made.prototype, 'silent')).toBe(false);
});
