/** A runtime that works on one invocation at a time and may be frozen between two of them. */
import type { Transport } from '@direct-logging/core';
import type { Clock } from './clock.ts';
import { idsOfStart, tellChildren } from './environment.ts';
import { earlyFlushDelayMs, longestWaitMs } from './flush-budget.ts';
import { type Invocation, readInvocation } from './invocation.ts';
import type { Invocations } from './invocations.ts';

/** Flushes before each request for an invocation, and shortly before the deadline of one that is still running. */
export function oneInvocation(
  transport: Transport,
  clock: Clock,
  env: NodeJS.ProcessEnv,
): Invocations {
  let environment = idsOfStart(env);
  // What runs after the answer still belongs to the invocation that started it, so this stays until the next one comes.
  let current: Invocation = { context: environment, deadlineMs: undefined };
  let disarm = () => {};
  return {
    beforeNext() {
      disarm();
      return flushWithin(transport, longestWaitMs(current.deadlineMs, clock.now()), clock);
    },
    begin(headers, event) {
      current = readInvocation(headers, event, environment);
      environment = { ...environment, cold_start: false };
      tellChildren(env, current.context);
      const delayMs = earlyFlushDelayMs(current.deadlineMs, clock.now());
      if (delayMs !== undefined) {
        disarm = clock.after(delayMs, () => void transport.flush(), true);
      }
    },
    context: () => current.context,
    stop() {
      disarm();
      tellChildren(env, undefined);
    },
  };
}

/**
 * The transport's own timeout bounds the flush; the deadline of the invocation, which it does not know, bounds the wait.
 * The timer is a foreground one: when nothing else keeps the event loop alive here, the process would end.
 */
function flushWithin(
  transport: Transport,
  longestMs: number,
  clock: Clock,
): Promise<void> | undefined {
  const flushed = transport.flush();
  if (longestMs === 0) return undefined;
  return new Promise((resolve) => {
    const cancel = clock.after(longestMs, resolve, false);
    const done = () => {
      cancel();
      resolve();
    };
    flushed.then(done, done);
  });
}
