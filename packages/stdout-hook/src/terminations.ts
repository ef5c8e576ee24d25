/** At the end of the process, completes the records: unfinished lines and the fatal exception. */
import { guarded, listenFirst } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import { fatalError } from './fatal.ts';

/** Neither listener keeps the process alive or changes how it ends. */
export function hookTerminations(capture: Capture, withFatal: boolean): () => void {
  let shipFatal = (): void => {};
  // Before the listeners that flush, so that they find the last line in the queue.
  const stop = listenFirst(['exit'], () => {
    shipFatal();
    capture.finishLines();
  });
  const [atExit = stop] = process.listeners('exit');
  const onFatal = guarded((error: unknown) => {
    shipFatal = fatalError(error, (fatal) => capture.fatal(fatal), atExit);
  });
  if (withFatal) process.on('uncaughtExceptionMonitor', onFatal);
  return () => {
    stop();
    process.off('uncaughtExceptionMonitor', onFatal);
  };
}
