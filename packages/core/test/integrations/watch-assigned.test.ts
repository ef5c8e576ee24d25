import { expect, test } from 'vitest';
import { watchAssigned } from '../../src/integrations/watch-assigned.ts';

function Made(this: { silent?: unknown }): void {
  this.silent = true;
}

test('what a constructor assigns is seen first, and is an ordinary property afterwards', () => {
  const seen: unknown[] = [];
  watchAssigned(Made.prototype, 'silent', (_, value) => {
    seen.push(value);
    return 'ours';
  });
  const made: object = Reflect.construct(Made, []);
  expect(seen).toEqual([true]);
  expect(Object.getOwnPropertyDescriptor(made, 'silent')).toEqual({
    value: 'ours',
    ...{ writable: true, enumerable: true, configurable: true },
  });
});
