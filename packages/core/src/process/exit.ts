/** The flush at the end of the process. Unfinished lines and Lambda's limit come before it, with listeners of their own. */

import { attempt, guarded } from './guard.ts';
import { allowOneListenerMore } from './listener-limit.ts';
import { delayNaturalEnd, type LoopEnds, type LoopSteps } from './natural-end.ts';
import { oncePerThread } from './once-per-thread.ts';
import { takeSignalsWhileAlone } from './signals.ts';
import { steadyClock } from './timers.ts';
import { warnAtOnce } from './warn.ts';

/** What is done for one transport when the process ends. */
export interface ExitSteps extends LoopSteps {
  /** The longest delay of the exit that its settings allow, in milliseconds. */
  readonly exitTimeoutMs: number;
  flushSync(timeoutMs: number): unknown;
  /** From here on each line is flushed at once, for this long at most: the application's listeners may still print. */
  exiting(timeoutMs: number): void;
  /** Nothing more is sent: says what is lost, and leaves in the spool what is not delivered. */
  end(): void;
}

/** Shared by all copies of this package: two signal listeners of ours would each take the other for the application's. */
interface Registry extends LoopEnds<ExitSteps> {
  readonly all: Set<ExitSteps>;
  listensToExit: boolean;
}

const registry = oncePerThread<Registry>('exit', () => ({
  all: new Set(),
  listensToExit: false,
  leaveSignals: undefined,
  naturalEnd: undefined,
}));
const { all } = registry;

/**
 * Flushes when the process ends. If a sender needs the event loop, a natural end waits for it. Every other end is flushed
 * synchronously in the `exit` event. Signals that would end the process at once are caught only for such a sender and only
 * while no other listener exists, and are then raised again. Returns a function that removes the transport.
 */
export function flushAtExit(steps: ExitSteps): () => void {
  all.add(steps);
  if (!registry.listensToExit) {
    registry.listensToExit = true;
    listen('exit', atExit);
    // Deno announces an end by an error only through this event.
    if (process.versions.deno !== undefined) listen('uncaughtExceptionMonitor', atFatalError);
  }
  if (steps.needsLoop() && registry.leaveSignals === undefined) {
    delayNaturalEnd(registry, () => takeSignalsWhileAlone(atSignal), deadlineOfEnd, timeLeft);
  }
  return () => all.delete(steps);
}

function listen(name: string, listener: (...args: never[]) => void): void {
  allowOneListenerMore();
  process.on(name as 'exit', guarded(listener as () => void));
}

function atExit(): void {
  warnAtOnce();
  flushAll((steps, leftMs) => steps.exiting(leftMs));
  reportAndEnd();
  registry.leaveSignals?.();
}

function reportAndEnd(): void {
  for (const steps of all) {
    attempt(() => steps.end());
  }
}

function atFatalError(): void {
  if (process.listenerCount('uncaughtException') === 0) atExit();
}

function atSignal(): void {
  flushAll(() => {});
  // The first process of a container goes on: the kernel ignores the signal.
  if (process.pid === 1) return;
  warnAtOnce();
  reportAndEnd();
}

/** Several transports share the longest delay that any of them allows. */
function flushAll(afterwards: (steps: ExitSteps, leftMs: number) => void): void {
  const deadline = deadlineOfEnd();
  for (const steps of all) {
    attempt(() => steps.flushSync(timeLeft(steps, deadline)));
    attempt(() => afterwards(steps, timeLeft(steps, deadline)));
  }
}

/** The time that a natural end has already waited in `beforeExit` counts. */
function deadlineOfEnd(): number {
  return (
    registry.naturalEnd ??
    steadyClock() + Math.max(0, ...[...all].map((steps) => steps.exitTimeoutMs))
  );
}

function timeLeft({ exitTimeoutMs }: ExitSteps, deadline: number): number {
  return Math.max(0, Math.min(exitTimeoutMs, deadline - steadyClock()));
}
