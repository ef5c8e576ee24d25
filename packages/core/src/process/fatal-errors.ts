/** What Node calls with an error that nothing has caught: ours in its place, where that is needed. @lazy */
import { attempt } from './guard.ts';
import type { AnyFunction } from './replace-method.ts';
import { afterThisRun } from './timers.ts';

/**
 * The process ends after this function unless it returns true: after the listeners to `exit`, or without `exit` if a listener to errors
 * throws. https://github.com/nodejs/node/blob/main/src/node_errors.cc (`TriggerUncaughtException`)
 *
 * Ours is in the stack of each error that a listener makes. So Node's is left where it is if the program handles errors, and the kernel has
 * what is logged meanwhile.
 *
 * @param name Where Node's function belongs. It is there until the current run is over: a stack shows this name.
 */
export function handlerOf(
  name: string,
  own: PropertyDescriptor,
  ends: Iterable<{ isAtOnce(): boolean }>,
  atLast: () => void,
): AnyFunction {
  const before = Object.getOwnPropertyDescriptor(process, name) as PropertyDescriptor;
  Object.defineProperty(process, name, own);
  const { value: handle } = own;
  afterThisRun(() => {
    if (Reflect.get(process, name) === handle) Object.defineProperty(process, name, before);
  });
  if (handlesErrors() && [...ends].every((steps) => steps.isAtOnce())) return handle;
  return function (this: unknown, ...args) {
    let isHandled: unknown = false;
    try {
      isHandled = Reflect.apply(handle, this, args);
      return isHandled;
    } finally {
      if (isHandled === false) attempt(atLast);
    }
  };
}

/** Whether the application goes on running after an error that nothing has caught. */
export function handlesErrors(): boolean {
  return (
    process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()
  );
}
