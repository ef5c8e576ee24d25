/** The flush at the end of the process. Unfinished lines and Lambda's limit come before it, with listeners of their own. */
import { handlerOf, handlesErrors } from './fatal-errors.ts';
import { attempt, guarded } from './guard.ts';
import { allowOneListenerMore } from './listener-limit.ts';
import { delayNaturalEnd, type LoopEnds, type LoopSteps } from './natural-end.ts';
import { oncePerThread } from './once-per-thread.ts';
import { watchCalls } from './replace-method.ts';
import type { Held, ThreadLines } from './thread-lines.ts';
import { afterThisRun, nodeTimers, steadyClock } from './timers.ts';
import { warnAtOnce } from './warn.ts';

/** From when a line is no longer waited for: when this share of the time that an exit may take is left. */
const KEPT_SHARE = 0.9;
const FATAL = '_fatalException';

/** What is done for one transport when the process ends. */
export interface ExitSteps extends LoopSteps {
  /** Whether the kernel has all lines, and would have the next one before its call returns. */
  isAtOnce(): boolean;
  flushSync(timeoutMs: number): unknown;
  /** From here on the application's listeners may print the last line. Without a time, the process lives on. */
  exiting(time?: ExitTime): void;
  /** Nothing more is sent: says what is lost, in threads too, and leaves in the spool what is not delivered. */
  end(inThreads?: Held): void;
}

/** What the end may still wait in all. What the application's listeners take does not count. */
export class ExitTime {
  /** True when nothing of ours comes after the next line. */
  isLast?: boolean;
  /** Whether lines have come that nothing has waited for. Without any, what a flush has given up is not tried again. */
  owes?: boolean;
  #leftMs: number;
  readonly #keptMs: number;

  constructor(ms: number) {
    this.#leftMs = ms;
    this.#keptMs = ms * KEPT_SHARE;
  }

  /** Whether the rest is for what the last listener leaves. */
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
  listensToExit?: boolean;
  /** Set while the process ends. */
  time?: ExitTime | undefined;
  /** What the threads of this process hold. Undefined until one starts another. */
  lines?: ThreadLines;
}

const registry = oncePerThread<Registry>('exit', () => ({ all: new Set() }));
const { all } = registry;
/** What the threads of this process hold. Undefined until one starts another. */
export const otherThreads: Partial<Record<'lines', ThreadLines>> = registry;
const otherRuntime = process.versions.bun ?? process.versions.deno;

/**
 * Flushes when the process ends. If a sender needs the event loop, a natural end waits for it. Every other end is flushed
 * synchronously in the `exit` event, and once more after its last listener. Signals that would end the process at once are caught only
 * for such a sender and only while no other listener exists, and are then raised again. Returns a function that removes the transport.
 */
export function flushAtExit(steps: ExitSteps): () => void {
  all.add(steps);
  if (!registry.listensToExit) {
    registry.listensToExit = true;
    allowOneListenerMore();
    const listener = guarded(atExit);
    const listen = () =>
      process.listeners('exit').includes(listener) || process.on('exit', listener);
    listen();
    watchCalls(process, 'removeAllListeners', () => listen);
    hearOfErrors();
    // The second puts another program in the place of this one, without the event.
    for (const name of ['reallyExit', 'execve']) watchCalls(process, name, atLast);
  }
  if (steps.needsLoop() && registry.leaveSignals === undefined) {
    delayNaturalEnd(registry, atSignal);
  }
  return () => all.delete(steps);
}

/** Node looks for its function whenever nothing has caught an error. That of other threads has a name, and ends in `reallyExit`. */
function hearOfErrors(): void {
  if (otherRuntime) {
    process.on(
      'uncaughtExceptionMonitor',
      guarded(() => handlesErrors() || atLast()),
    );
  }
  const own = Object.getOwnPropertyDescriptor(process, FATAL);
  if (own?.value?.name !== '') return;
  Object.defineProperty(process, FATAL, {
    get: () => attempt(() => handlerOf(FATAL, own, all, atLast)) ?? own.value,
    set: (value) => Object.defineProperty(process, FATAL, { value, writable: true }),
  });
}

function atExit(): ExitTime {
  warnAtOnce();
  if (!registry.time) {
    registry.time = timeOfEnd();
    nodeTimers.start(goOn, 0).unref();
  }
  const { time } = registry;
  // A natural end runs it after the last listener. `process.exit` then calls `reallyExit`.
  afterThisRun(atLast);
  flushAll(time);
  each((steps) => steps.exiting(time));
  if (otherRuntime) atLast();
  registry.leaveSignals?.();
  return time;
}

/** Another listener may have removed ours, or have ended the process before it. */
function atLast(): void {
  const time = registry.time ?? atExit();
  time.isLast = true;
  if (time.owes) flushAll(time);
  each((steps) => steps.end(registry.lines?.wait(time)));
}

/** The program has emitted `exit` itself. */
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
  each((steps) => steps.end(registry.lines?.wait(time)));
}

function flushAll(time: ExitTime): void {
  each((steps) => time.spend((ms) => steps.flushSync(Math.min(ms, steps.exitTimeoutMs))));
}

function each(act: (steps: ExitSteps) => void): void {
  for (const steps of all) attempt(() => act(steps));
}

/** Several transports share the longest delay that any of them allows. The time that a natural end has already waited counts. */
function timeOfEnd(): ExitTime {
  const until = registry.naturalEnd;
  const longest = Math.max(...Array.from(all, (steps) => steps.exitTimeoutMs));
  return new ExitTime(until === undefined ? longest : until - steadyClock());
}
