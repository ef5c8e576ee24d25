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
  // Code that runs after the answer still belongs to the invocation that started it. So this stays until the next one comes.
  let current: Invocation = { context: environment, deadlineMs: undefined };
  let disarm = () => {};
  return {
    beforeNext() {
      disarm();
      // The setting limits the wait. So does the deadline of the invocation, which the transport does not know.
      return transport.flush({ atMostMs: longestWaitMs(current.deadlineMs, clock.now()) });
    },
    begin(headers, event) {
      current = readInvocation(headers, event, environment);
      environment = { ...environment, cold_start: false };
      tellChildren(env, current.context);
      const delayMs = earlyFlushDelayMs(current.deadlineMs, clock.now());
      if (delayMs !== undefined) {
        disarm = clock.after(delayMs, () => void transport.flush());
      }
    },
    context: () => current.context,
    stop() {
      disarm();
      tellChildren(env, undefined);
    },
  };
}
