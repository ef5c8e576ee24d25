/** The flush at the end of the process. Unfinished lines and Lambda's limit come before it, with listeners of their own. */
import type { Worker } from 'node:worker_threads';
import { bareOptions } from './bare-options.ts';
import { followNaturalEnd, isExiting, waiting } from './ending.ts';
import { attempt, guarded } from './guard.ts';
import { allowOneListenerMore, handlesErrors } from './listener-limit.ts';
import { delayNaturalEnd, type LoopEnds, type LoopSteps } from './natural-end.ts';
import { oncePerThread } from './once-per-thread.ts';
import { type AnyFunction, replaceMethod, watchCalls } from './replace-method.ts';
import type { Held, ThreadLines } from './thread-lines.ts';
import { afterThisRun, nodeTimers, steadyClock } from './timers.ts';
import { warnAtOnce } from './warn.ts';

/** This share of the time that an exit may take is kept for the flush after the last listener, unless lines have no room until then. */
const KEPT_SHARE = 0.9;
/** The most that one of several transports may take first of the time that is left. */
const FIRST_SHARE = 0.75;

/** What is done for one transport when the process ends. */
export interface ExitSteps extends LoopSteps {
  flushSync(timeoutMs: number): unknown;
  /** From here on, each line may be the last one, printed by a listener of the application. Without `time` the process goes on after all. */
  exiting(time?: ExitTime): void;
  /** The thread is about to block. Absent in older versions. */
  rest?(): void;
  /** Nothing more is sent: reports what is lost, in threads too, and leaves in the spool what is not delivered. */
  end(inThreads?: Held): void;
}

/** How long the end may still wait, in all. What the application's listeners take does not count. */
export class ExitTime {
  /** True once the last flush has begun: each line after it is flushed at once. */
  isLast?: boolean;
  /** Whether lines have come since the last flush. Without any, what a flush has given up is not tried again. */
  needsFlush?: boolean;
  #leftMs: number;
  readonly #keptMs: number;

  constructor(ms: number) {
    this.#leftMs = ms;
    this.#keptMs = ms * KEPT_SHARE;
  }

  /** Whether the time that is left is kept for the flush after the last listener. */
  get isKept(): boolean {
    return this.#leftMs < this.#keptMs;
  }

  spend(flush: (leftMs: number) => void): void {
    const start = steadyClock();
    flush(Math.max(0, this.#leftMs));
    this.#leftMs -= steadyClock() - start;
  }
}

/** Shared by all copies of this package: two signal listeners of ours would each take the other for the application's. */
interface Registry extends LoopEnds<ExitSteps> {
  readonly all: Set<ExitSteps>;
  listens?: boolean;
  /** Set while the process ends. */
  time?: ExitTime | undefined;
  /** What the worker threads of this process hold. Undefined until one is started. */
  lines?: ThreadLines;
  /** Node's class, as it was at load. Undefined without the preload. */
  Worker?: typeof Worker;
}

const registry = oncePerThread<Registry>('exit', () => bareOptions({ all: new Set() }));
const { all } = registry;
/** What worker threads are made with, and what those of this process hold: undefined until one is started. */
export const otherThreads: Partial<Record<'lines', ThreadLines> & Record<'Worker', typeof Worker>> =
  registry;
const otherRuntime = process.versions.bun ?? process.versions.deno;

/**
 * Flushes when the process ends. If a sender needs the event loop, a natural end waits for it. Every other end is flushed
 * synchronously in the `exit` event, and once more after its last listener. Signals that would end the process at once are caught only
 * for such a sender and only while no other listener exists, and are then raised again. Returns a function that removes the transport.
 */
export function flushAtExit(steps: ExitSteps): () => void {
  all.add(steps);
  if (!registry.listens) {
    registry.listens = true;
    allowOneListenerMore();
    followNaturalEnd();
    const listener = guarded(atExit);
    const listen = guarded(() => process.off('exit', listener).on('exit', listener));
    listen();
    // Only at the natural end: a program may remove listeners until it finds none, or put back those that it had found. Other ends need
    // no listener.
    const again = () => process.off('beforeExit', listen).once('beforeExit', listen);
    watchCalls(
      Object.getPrototypeOf(process),
      'removeAllListeners',
      (_, [name]) => name !== 'beforeExit' && again,
    );
    const onError = guarded(() => handlesErrors() || atLast());
    // Bun and Deno announce this end in no other way.
    if (otherRuntime) process.on('uncaughtExceptionMonitor', onError);
    replaceMethod(process, '_fatalException', endsAfter);
    // `execve` puts another program in the place of this one, without an `exit` event.
    for (const name of ['reallyExit', 'execve']) watchCalls(process, name, atLast);
  }
  if (steps.needsLoop() && registry.leaveSignals === undefined) {
    delayNaturalEnd(registry, atSignal);
  }
  return () => all.delete(steps);
}

/** Called before this thread blocks: a server that is being stopped would wait for an open request, and lines would wait in memory. */
export function rest(): void {
  each((steps) => steps.rest?.());
}

/**
 * Node calls it with each uncaught error. Unless the error is handled, the process ends after the call, during which the `exit` listeners
 * run: none of them if a listener for errors throws, and no further ones once one of them throws.
 * https://github.com/nodejs/node/blob/main/src/node_errors.cc (`TriggerUncaughtException`)
 */
function endsAfter(handle: AnyFunction): AnyFunction {
  return function (this: unknown, ...args) {
    let goesOn = false;
    try {
      const isHandled: unknown = Reflect.apply(handle, this, args);
      goesOn = isHandled !== false && registry.time === undefined;
      return isHandled;
    } finally {
      if (!goesOn) attempt(atLast);
    }
  };
}

function atExit(): void {
  if (isExiting()) begin();
  else flushAll(timeOfEnd());
}

function begin(): ExitTime {
  warnAtOnce();
  if (!registry.time) {
    registry.time = timeOfEnd();
    nodeTimers.start(goOn, 0).unref();
  }
  const { time } = registry;
  // At a natural end this runs after the last listener. `process.exit` calls `reallyExit` there.
  afterThisRun(atLast);
  flushAll(time);
  each((steps) => steps.exiting(time));
  if (otherRuntime) atLast();
  registry.leaveSignals?.();
  return time;
}

/** Another listener may have removed ours, or have ended the process before it. */
function atLast(): void {
  const time = registry.time ?? begin();
  time.isLast = true;
  if (time.needsFlush) flushAll(time);
  endAll(time);
}

/** What should have ended the process has thrown. */
function goOn(): void {
  registry.time = undefined;
  each((steps) => steps.exiting());
}

function atSignal(): void {
  const time = timeOfEnd();
  flushAll(time);
  // The first process of a container goes on: the kernel ignores the signal.
  if (process.pid === 1) return;
  warnAtOnce();
  endAll(time);
}

/** In the first of two rounds, a server that hangs leaves some time to the other transports. */
function flushAll(time: ExitTime): void {
  for (const share of all.size > 1 ? [FIRST_SHARE, 1] : [1])
    each((steps) => time.spend((ms) => steps.flushSync(Math.min(ms * share, steps.exitTimeoutMs))));
}

function endAll(time: ExitTime): void {
  each((steps) => steps.end(registry.lines?.wait(time)));
}

function each(act: (steps: ExitSteps) => void): void {
  for (const steps of all) attempt(() => act(steps));
}

/** Several transports share the longest delay that any of them allows. The time that a natural end has already waited counts. */
function timeOfEnd(): ExitTime {
  const { until } = waiting;
  const longest = Math.max(...[...all].map((steps) => steps.exitTimeoutMs));
  return new ExitTime(until === undefined ? longest : until - steadyClock());
}
