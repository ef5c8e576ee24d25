/** The asynchronous context in which we were loaded. A preload is loaded in nobody's. */
import { AsyncResource } from 'node:async_hooks';

const resource = new AsyncResource('direct-logging', { requireManualDestroy: true });
/** As arguments, these take 16 KiB of the stack, and 1 µs. 64 KiB, more than the fastest cache has, take 5 µs. */
const ROOM: readonly undefined[] = new Array<undefined>(2_048).fill(undefined);

/**
 * Runs a step that makes a timer, a socket or a request. Node makes each of them remember what is stored in the context of the
 * program (AsyncLocalStorage, the span of a tracer), for as long as they live.
 *
 * @throws RangeError when the stack has no room for it. If the stack overflowed between entering and leaving the context, Node would
 *   end the program: https://github.com/nodejs/node/blob/main/src/env.cc ("async hook stack has become corrupted").
 */
export function inOwnContext<Made>(step: () => Made): Made {
  return within(resource, step);
}

/** The step, which will run in the present context: otherwise what one request has printed would get the ids of another. */
export function keepContext(step: () => void): () => void {
  const now = new AsyncResource('direct-logging');
  return () => within(now, step);
}

function within<Made>(context: AsyncResource, step: () => Made): Made {
  Reflect.apply(nothing, undefined, ROOM);
  const { domain } = process as { domain?: object | null };
  if (!domain) return context.runInAsyncScope(step);
  // What is made in a domain runs in it later, and changes `process.domain` afterwards.
  try {
    Reflect.set(process, 'domain', null);
    return context.runInAsyncScope(step);
  } finally {
    Reflect.set(process, 'domain', domain);
  }
}

function nothing(): void {}
