/** The asynchronous context in which we were loaded, which is nobody's. */
import { AsyncResource } from 'node:async_hooks';

const resource = new AsyncResource('direct-logging', { requireManualDestroy: true });

/**
 * Takes a step that makes a timer, a socket or a request. Node makes each of them remember what is stored in the context of the
 * program (AsyncLocalStorage, the span of a tracer), for as long as they live.
 */
export function inOwnContext<Made>(step: () => Made): Made {
  return resource.runInAsyncScope(step);
}
