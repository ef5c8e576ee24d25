/** Sees when this thread is about to wait in `Atomics.wait`: idle threads of a pool do for as long as nobody has work for them. */
import { attempt, replaceMethod, rest } from '@direct-logging/core';

/**
 * Returns a function that stops it. A proxy asks for its trap at each call. Since it gets none, it calls the function itself: without
 * a frame of ours in the stack of an error.
 */
export function watchWaits(): (() => void) | undefined {
  const asked = {
    __proto__: null,
    get apply(): undefined {
      return rest() as undefined;
    },
  };
  // The program may have removed or frozen it.
  return attempt(() =>
    replaceMethod(globalThis.Atomics, 'wait', (wait) => new Proxy(wait, asked as object)),
  );
}
