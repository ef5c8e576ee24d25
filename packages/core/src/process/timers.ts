/** Clock and timers. */
import { attempt, guarded } from './guard.ts';
import { inOwnContext } from './own-context.ts';

export interface Timers {
  start(callback: () => void, ms: number): NodeJS.Timeout;
  stop(timer: NodeJS.Timeout | undefined): void;
}

const MAX_MS = 2 ** 31 - 1;
const { hrtime } = process;

/** If a wait ends this late, the process was frozen meanwhile (SIGSTOP, `docker pause`): it could not send anything, nor could its threads. */
export const FROZEN_FOR_MS = 1_000;

/** Milliseconds since 1970: for times that people and servers see. */
export const wallClock: () => number = Date.now;

/** Milliseconds since some moment, never set back: for durations. */
export function steadyClock(): number {
  // The same as performance.now(), whose first use loads fifteen modules of Node.
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}

export const nodeTimers: Timers = {
  // Node warns about a negative time: the machine may have slept since it was computed. A time that is too long for a timer
  // would end at once. https://github.com/nodejs/node/blob/main/lib/internal/timers.js
  start: (callback, ms) => {
    const delay = Math.min(Math.max(1, Math.ceil(ms)), MAX_MS);
    return inOwnContext(() => setTimeout(guarded(callback), delay));
  },
  stop: (timer) => {
    clearTimeout(timer);
    // An async hook of the program may print in front of the callback, which stops the timer. Node calls the callback all the same,
    // although it has removed it: https://github.com/nodejs/node/blob/main/lib/internal/timers.js ("emitBefore")
    if (typeof timer === 'object') Reflect.set(timer, '_onTimeout', nothing);
  },
};

function nothing(): void {}

let afterRun: Array<() => void> = [];

/** Runs the callback when the current synchronous run is over. */
export function afterThisRun(callback: () => void): void {
  // Entering our context costs more than all else that is done for a line, so it is done once for a run.
  if (afterRun.length === 0) inOwnContext(() => queueMicrotask(guarded(runDue)));
  afterRun.push(callback);
}

function runDue(): void {
  const due = afterRun;
  afterRun = [];
  for (const callback of due) attempt(callback);
}

/** Where time comes from; tests bring their own. */
export interface Clock {
  /** Milliseconds since some moment, never set back. */
  readonly steady: () => number;
  /** Milliseconds since 1970. */
  readonly wall: () => number;
  readonly timers: Timers;
}

export const nodeClock: Clock = { steady: steadyClock, wall: wallClock, timers: nodeTimers };

/** Node can be started without SharedArrayBuffer. */
const lock =
  typeof SharedArrayBuffer === 'undefined' ? undefined : new Int32Array(new SharedArrayBuffer(4));

/** Blocks this thread for this many milliseconds. */
export function pause(ms: number): void {
  if (lock === undefined) for (const end = steadyClock() + ms; steadyClock() < end; );
  else Atomics.wait(lock, 0, 0, ms);
}
