import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Undos } from '../src/undos.ts';

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
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const undos = new Undos();
  const addOne = (): WeakRef<object> => {
    const owner = {};
    undos.add(owner, () => Reflect.ownKeys(owner));
    return new WeakRef(owner);
  };
  const owner = addOne();
  for (let at = 0; at < 20 && owner.deref() !== undefined; at++) {
    await turn();
    collect();
  }
  expect(owner.deref()).toBeUndefined();
  undos.run();
});
