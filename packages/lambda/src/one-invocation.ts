/** A runtime that works on one invocation at a time and may be frozen between two of them. */
import { guarded, type IntegrationHost } from '@direct-logging/core';
import { idsOfStart, idsOfVersion, tellChildren } from './environment.ts';
import { boundExit } from './exit-wait.ts';
import { earlyFlushDelayMs, longestWaitMs } from './flush-budget.ts';
import { type Invocation, readInvocation } from './invocation.ts';
import type { Invocations } from './invocations.ts';

/** Flushes before each request for an invocation, and shortly before the deadline of one that is still running. */
export function oneInvocation({ transport, env, printing }: IntegrationHost): Invocations {
  let environment = idsOfStart(env);
  // Code that runs after the answer still belongs to the invocation that started it. So this stays until the next one comes.
  let current: Invocation | undefined;
  let deadlineMs: number | undefined;
  const unboundExit = boundExit(transport, () => deadlineMs);
  let earlyFlush: NodeJS.Timeout | undefined;
  return {
    beforeNext() {
      clearTimeout(earlyFlush);
      printing.cutLines();
      // The setting limits the wait. So does the deadline of the invocation, which the transport does not know.
      const atMostMs = longestWaitMs(deadlineMs, Date.now());
      return transport.flush({ atMostMs }).then(() => {
        deadlineMs = undefined;
      });
    },
    begin(headers, event) {
      current = readInvocation(headers, event, environment);
      deadlineMs = current.deadlineMs;
      environment = { ...environment, cold_start: false };
      tellChildren(env, current.context);
      const delayMs = earlyFlushDelayMs(deadlineMs, Date.now());
      if (delayMs === undefined) return;
      const flush = guarded(() => {
        printing.cutLines();
        void transport.flush();
      });
      earlyFlush = setTimeout(flush, delayMs).unref();
    },
    context: () => current?.context ?? (isRuntime() ? environment : idsOfVersion(env)),
    stop() {
      clearTimeout(earlyFlush);
      unboundExit();
      tellChildren(env, undefined);
    },
  };
}

/**
 * Whether this process is the one that asks for invocations: the runtime client gives the console a method `fatal` before it
 * loads the function. A wrapper script and a child that is started while the function loads have the same environment
 * variables. https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
 */
function isRuntime(): boolean {
  return typeof Reflect.get(console, 'fatal') === 'function';
}
