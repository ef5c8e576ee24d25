/** Whether the process is ending: what waits while the program hears of its natural end, and whether an `exit` is Node's. */
import { attempt } from './guard.ts';
import { listenFirst } from './listener-limit.ts';
import { oncePerThread } from './once-per-thread.ts';
import { nodeTimers } from './timers.ts';

export const waiting = oncePerThread('natural-end', () => ({
  steps: undefined as (() => void)[] | undefined,
  /** The deadline of a natural end that waits for deliveries. */
  until: undefined as number | undefined,
}));

/** False in an `exit` that the program has emitted itself: it goes on. */
export function isExiting(): boolean {
  return Reflect.get(process, '_exiting') !== false;
}

/** Whether the program is hearing of its natural end. What gives the loop something to do now makes Node emit `beforeExit` again. */
export function isEnding(): boolean {
  return waiting.steps !== undefined && !isExiting();
}

/** From here on, natural ends are noticed. */
export function followNaturalEnd(): void {
  listenFirst(['beforeExit'], () => {
    if (waiting.steps !== undefined) return;
    waiting.steps = [];
    nodeTimers.start(goOn, 0).unref();
  });
}

/**
 * Runs a step that gives the loop something to do. While the program hears of its end, the step waits until the program has given
 * the loop something itself. Otherwise Node would emit `beforeExit` again, and what the program prints then would do so forever.
 */
export function whileLoopGoesOn(step: () => void): void {
  if (waiting.steps === undefined) step();
  else waiting.steps.push(step);
}

export function goOn(): void {
  const { steps = [] } = waiting;
  waiting.steps = undefined;
  for (const step of steps) attempt(step);
}
