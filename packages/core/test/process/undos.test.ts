import { expect, test } from 'vitest';
import { Undos } from '../../src/process/undos.ts';
import { isForgotten } from '../is-forgotten.ts';

test('the last hook comes off first, once', () => {
  const undos = new Undos();
  const calls: string[] = [];
  const owner = {};
  for (const name of ['first', 'second']) undos.add(owner, () => calls.push(name));
  undos.run();
  undos.run();
  expect(calls).toEqual(['second', 'first']);
});

test('what the hooks are on can be forgotten', async () => {
  const undos = new Undos();
  const addOne = (): WeakRef<object> => {
    const owner = {};
    undos.add(owner, () => Reflect.ownKeys(owner));
    return new WeakRef(owner);
  };
  expect(await isForgotten(addOne())).toBe(true);
  undos.run();
});
