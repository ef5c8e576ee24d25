/** The only place that listens to the end of the process. */
import { allowOneListenerMore } from './listener-limit.ts';
import { warnAtOnce } from './warn.ts';

/** What happens with a transport at the end. */
export interface ExitSteps {
  /** Whether lines are delivered only through the event loop. */
  needsLoop(): boolean;
  pending(): number;
  flush(): Promise<unknown>;
  flushSync(): unknown;
  /** From here on every line is flushed as it comes: listeners of the application may still print. */
  exiting(): void;
  reportLoss(): void;
  endSpool(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const all: ExitSteps[] = [];
const listening = { toExit: false, toLoop: false };

/**
 * Flushes when the process ends. With a sender that needs the event loop a natural end waits for it; every other end is
 * flushed synchronously in the `exit` event. Signals that would end the process at once are taken only by such a sender,
 * only while nobody else listens to them, and are raised again.
 */
export function flushAtExit(steps: ExitSteps): void {
  all.push(steps);
  if (!listening.toExit) {
    listening.toExit = true;
    listen('exit', atExit);
  }
  if (steps.needsLoop() && !listening.toLoop) {
    listening.toLoop = true;
    listen('beforeExit', beforeExit);
    takeSignalsWhileAlone();
  }
}

function listen(name: string, listener: (...args: never[]) => void): void {
  allowOneListenerMore();
  process.on(name as 'exit', listener as () => void);
}

function atExit(): void {
  warnAtOnce();
  for (const steps of all) {
    steps.exiting();
    steps.flushSync();
    steps.reportLoss();
    steps.endSpool();
  }
}

function beforeExit(): void {
  for (const steps of all) if (steps.needsLoop() && steps.pending() > 0) void steps.flush();
}

/** Others may count the listeners of a signal to find out whether the process would end without them. */
function takeSignalsWhileAlone(): void {
  const isOthers = (name: string | symbol, listener: unknown): name is NodeJS.Signals =>
    SIGNALS.includes(name as 'SIGINT') && listener !== atSignal;
  process.on('newListener', (name, listener) => {
    if (isOthers(name, listener)) process.removeListener(name, atSignal);
  });
  process.on('removeListener', (name, listener) => {
    if (isOthers(name, listener) && process.listenerCount(name) === 0) process.on(name, atSignal);
  });
  for (const signal of SIGNALS)
    if (process.listenerCount(signal) === 0) process.on(signal, atSignal);
}

function atSignal(signal: NodeJS.Signals): void {
  for (const steps of all) steps.flushSync();
  process.removeListener(signal, atSignal);
  process.kill(process.pid, signal);
}
