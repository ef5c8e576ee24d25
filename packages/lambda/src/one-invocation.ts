/** A runtime that works on one invocation at a time and may be frozen between two of them. */
import { guarded, type IntegrationHost, listenFirst } from '@direct-logging/core';
import { idsOfStart, idsOfVersion, tellChildren } from './environment.ts';
import { type Invocation, type Invocations, readInvocation } from './invocation.ts';

/** Before the first invocation there is no deadline, but the wait makes the cold start longer for the caller. */
const FIRST_WAIT_MS = 250;
/** Reserved for what the runtime does between the flush and the deadline. */
const RESERVE_MS = 100;
/** A killed runtime cannot flush, so an early flush begins this long before the deadline. */
const LAST_CHANCE_MS = 200;
/** Longer delays make a timer fire at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/**
 * Flushes before each request for an invocation, and shortly before the deadline of one that is still running. While an invocation
 * runs, the flush at an exit waits no longer than the one at its end may: its caller waits as well.
 */
export function oneInvocation({ transport, env, printing }: IntegrationHost): Invocations {
  let environment = idsOfStart(env);
  // Code that runs after the answer still belongs to the invocation that started it. So this stays until the next one comes.
  let current: Invocation | undefined;
  let deadlineMs: number | undefined;
  // The transport's own listeners come after this.
  const unboundExit = listenFirst(['beforeExit', 'exit'], () => {
    if (deadlineMs !== undefined) transport.setDeadline(Date.now() + longestWaitMs(deadlineMs));
  });
  let earlyFlush: NodeJS.Timeout | undefined;
  return {
    beforeNext() {
      clearTimeout(earlyFlush);
      printing.cutLines();
      // The setting limits the wait. So does the deadline of the invocation, which the transport does not know.
      const atMostMs = deadlineMs === undefined ? FIRST_WAIT_MS : longestWaitMs(deadlineMs);
      return transport.flush({ atMostMs }).then(() => {
        deadlineMs = undefined;
      });
    },
    begin(headers, event) {
      current = readInvocation(headers, event, environment);
      deadlineMs = current.deadlineMs;
      environment = { ...environment, cold_start: false };
      tellChildren(env, current.context);
      const delayMs = (deadlineMs ?? 0) - Date.now() - LAST_CHANCE_MS;
      if (delayMs <= 0 || delayMs > MAX_TIMER_MS) return;
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
 * The longest wait, whatever the flush timeout is: half of the time that is left, minus a reserve. The platform counts this wait as part
 * of the invocation, and kills the process at the deadline.
 */
function longestWaitMs(deadlineMs: number): number {
  return Math.max(0, (deadlineMs - Date.now()) / 2 - RESERVE_MS);
}

/**
 * Whether this process is the one that asks for invocations: the runtime client gives the console a method `fatal` before it
 * loads the function. A wrapper script and a child that is started while the function loads have the same environment
 * variables. https://github.com/aws/aws-lambda-nodejs-runtime-interface-client
 */
function isRuntime(): boolean {
  return typeof Reflect.get(console, 'fatal') === 'function';
}
