/** At the end of the process, completes the records: unfinished lines and the fatal exception. */

import { guarded, handlesErrors, listenFirst } from '@direct-logging/core';
import type { Capture } from './capture.ts';

/** Neither listener keeps the process alive or changes how it ends. */
export function hookTerminations(capture: Capture, withFatal: boolean): () => void {
  const onFatal = guarded((error: unknown) => {
    // Such an application logs it itself. Node prints nothing.
    if (!handlesErrors()) capture.fatal(error);
  });
  // Before the listeners that flush, so that they find the last line in the queue.
  const stop = listenFirst(['exit'], () => capture.finishLines());
  if (withFatal) process.on('uncaughtExceptionMonitor', onFatal);
  return () => {
    stop();
    process.removeListener('uncaughtExceptionMonitor', onFatal);
  };
}
