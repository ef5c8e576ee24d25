/** A natural end whose lines need the event loop: it waits for them before the program hears of it. @lazy */
import { goOn, waiting } from './ending.ts';
import { attempt, guarded } from './guard.ts';
import { replaceMethod } from './replace-method.ts';
import { takeSignalsWhileAlone } from './signals.ts';
import { nodeTimers, steadyClock } from './timers.ts';

/** What is done for one transport whose lines are delivered only through the event loop. */
export interface LoopSteps {
  /** The longest delay of the exit that its settings allow, in milliseconds. */
  readonly exitTimeoutMs: number;
  needsLoop(): boolean;
  pending(): number;
  flush(timeoutMs: number): Promise<unknown>;
}

/** What is known of the end of this thread, where lines need the event loop. */
export interface LoopEnds<Steps> {
  readonly all: Iterable<Steps>;
  /** Gives the signals back to the program: without the loop, one that we catch would have no effect. */
  leaveSignals?: (() => void) | undefined;
}

/**
 * Node emits `beforeExit` whenever the loop is empty. Of every two, the program hears only the second: at the first one, we give the loop
 * the deliveries to do.
 */
export function delayNaturalEnd(ends: LoopEnds<LoopSteps>, atSignal: () => void): void {
  ends.leaveSignals = takeSignalsWhileAlone(atSignal);
  let hasWaited = false;
  let timer: NodeJS.Timeout | undefined;
  const isDelayed = (): boolean => {
    hasWaited = !hasWaited;
    nodeTimers.stop(timer);
    if (hasWaited) {
      resume();
      const late = [...ends.all].filter((steps) => steps.needsLoop() && steps.pending() > 0);
      if (late.length > 0)
        waiting.until = steadyClock() + Math.max(...late.map((steps) => steps.exitTimeoutMs));
      const flushes = late.map((steps) => steps.flush(steps.exitTimeoutMs));
      void Promise.all(flushes).then(() => {
        // This gives the loop something to do, and so does the timer: the loop will be empty once more.
        ends.leaveSignals?.();
        nodeTimers.start(() => {
          timer = nodeTimers.start(worksOn, 1).unref();
        }, 0);
      });
    } else {
      waiting.steps = [];
      timer = nodeTimers.start(resume, 0).unref();
    }
    return hasWaited;
  };
  /**
   * Work that has begun during the wait may take longer than that may. Its lines have the time of an exit of their own, but no second
   * wait: an interval that is not to keep the program alive could begin work in each.
   */
  const worksOn = (): void => {
    waiting.until = undefined;
  };
  const resume = (): void => {
    if (waiting.steps === undefined) return;
    waiting.until = undefined;
    ends.leaveSignals = takeSignalsWhileAlone(atSignal);
    goOn();
  };
  // Bun does not call the method.
  if (process.versions.bun !== undefined) process.on('beforeExit', guarded(isDelayed));
  else
    replaceMethod(Object.getPrototypeOf(process), 'emit', (emit) => {
      return function (this: unknown, ...args) {
        const isDelayedEnd = args[0] === 'beforeExit' && attempt(isDelayed);
        return isDelayedEnd || Reflect.apply(emit, this, args);
      };
    });
}
