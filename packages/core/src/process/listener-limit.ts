/** Keeps Node from counting our listeners when it looks for a listener leak in the application. */
import { EventEmitter } from 'node:events';
import { guarded } from './guard.ts';

/**
 * Node warns when one event of the process has more than ten listeners: with one of ours, the application's tenth would be
 * one too many. The returned function takes this back. `setMaxListeners` would do more: it would detach the process from
 * `EventEmitter.defaultMaxListeners` for good. https://github.com/nodejs/node/blob/main/lib/events.js
 */
export function allowOneListenerMore(): () => void {
  const before = Object.getOwnPropertyDescriptor(process, '_maxListeners');
  let limit: unknown = before?.value;
  let more = 1;
  Object.defineProperty(process, '_maxListeners', {
    get(): unknown {
      const own = before?.get === undefined ? limit : before.get.call(process);
      const allowed = own ?? EventEmitter.defaultMaxListeners;
      // Zero means that there is no limit.
      return typeof allowed === 'number' && allowed > 0 ? allowed + more : allowed;
    },
    set(value: unknown) {
      if (before?.set === undefined) limit = value;
      else before.set.call(process, value);
    },
    enumerable: before?.enumerable ?? true,
    configurable: true,
  });
  return () => {
    more = 0;
  };
}

/** Whether the application goes on running after an error that nothing has caught. */
export function handlesErrors(): boolean {
  return (
    process.listenerCount('uncaughtException') > 0 || process.hasUncaughtExceptionCaptureCallback()
  );
}

/** Listens to these events before all who listen now. Returns a function that stops it. */
export function listenFirst(
  events: readonly ('beforeExit' | 'exit')[],
  act: () => void,
): () => void {
  const listener = guarded(act);
  const disallow = allowOneListenerMore();
  for (const name of events) process.prependListener(name as 'exit', listener);
  return () => {
    for (const name of events) process.off(name, listener);
    disallow();
  };
}
