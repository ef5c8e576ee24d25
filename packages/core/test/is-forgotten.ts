/** Whether the garbage collector takes what nothing but this refers to. */
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export async function isForgotten(reference: WeakRef<object>): Promise<boolean> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let at = 0; at < 20 && reference.deref() !== undefined; at++) {
    await turn();
    collect();
  }
  return reference.deref() === undefined;
}
