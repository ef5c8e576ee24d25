/** At the end of the process, completes the records: unfinished lines and the fatal exception. */
import { afterThisRun, guarded, handlesErrors, listenFirst } from '@direct-logging/core';
import type { Capture } from './capture.ts';

/** Neither listener keeps the process alive or changes how it ends. */
export function hookTerminations(capture: Capture, withFatal: boolean): () => void {
  /** The error that is fatal if `exit` follows at once. */
  let pending: unknown[] = [];
  const onFatal = guarded((error: unknown) => {
    // Such an application logs it itself. Node prints nothing.
    if (handlesErrors()) return;
    pending = [error];
    if (!mayBeHandled() || !process.listeners('exit').includes(atExit)) return shipPending();
    afterThisRun(() => {
      pending = [];
    });
  });
  const shipPending = () => {
    for (const error of pending.splice(0)) capture.fatal(error);
  };
  // Before the listeners that flush, so that they find the last line in the queue.
  const stop = listenFirst(['exit'], () => {
    shipPending();
    capture.finishLines();
  });
  const [atExit = stop] = process.listeners('exit');
  if (withFatal) process.on('uncaughtExceptionMonitor', onFatal);
  return () => {
    stop();
    process.removeListener('uncaughtExceptionMonitor', onFatal);
  };
}

/**
 * From Node 26 on, a callback that nobody can see may handle the error. The REPL has one. Then no `exit` follows.
 * https://nodejs.org/api/process.html#processadduncaughtexceptioncapturecallbackfn
 */
function mayBeHandled(): boolean {
  if (!('addUncaughtExceptionCaptureCallback' in process)) return false;
  // Who has replaced `emit` prints the error before an `exit`.
  return Reflect.get(process, '_exiting') !== true && !Object.hasOwn(process, 'emit');
}
