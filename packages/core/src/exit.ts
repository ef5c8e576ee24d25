/** The only place that listens to the end of the process. */
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

/**
 * Flushes when the process ends. With a sender that needs the event loop a natural end waits for it; every other end is
 * flushed synchronously in the `exit` event. Signals that would end the process at once are taken only by such a sender,
 * only while nobody else listens to them, and are raised again.
 */
export function flushAtExit(steps: ExitSteps): void {
  process.on('exit', () => {
    warnAtOnce();
    steps.exiting();
    steps.flushSync();
    steps.reportLoss();
    steps.endSpool();
  });
  if (!steps.needsLoop()) return;
  process.on('beforeExit', () => {
    if (steps.pending() > 0) void steps.flush();
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const taken = (): void => {
      if (process.listenerCount(signal) > 1) return;
      steps.flushSync();
      process.removeListener(signal, taken);
      process.kill(process.pid, signal);
    };
    process.on(signal, taken);
  }
}
