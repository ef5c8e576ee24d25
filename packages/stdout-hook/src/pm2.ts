/**
 * Captures what a program prints in pm2's cluster mode, where pm2 replaces the writes and prints nothing itself.
 *
 * @lazy
 */
import { replaceMethod } from '@direct-logging/core';
import type { Capture } from './capture.ts';

/** What pm2 runs in place of the program. */
const CONTAINER = /[\\/]pm2[\\/]lib[\\/]ProcessContainer\.js$/;

/** pm2 sends the text to its daemon, for its log files. The message says which stream the text was for. */
export function followPm2(capture: Capture): () => void {
  if (!CONTAINER.test(process.argv[1] ?? '')) return () => {};
  const outlets = new Map([
    ['log:out', capture.stdout],
    ['log:err', capture.stderr],
  ]);
  return replaceMethod(process, 'send', (original) => {
    return function (this: unknown, ...args: unknown[]): unknown {
      const message = args[0] as { type?: string; data?: unknown } | undefined;
      const outlet = outlets.get(message?.type ?? '');
      if (outlet === undefined || !capture.enter(outlet)) {
        return Reflect.apply(original, this, args);
      }
      try {
        capture.take(outlet, message?.data);
        return Reflect.apply(original, this, args);
      } finally {
        capture.leave(outlet);
      }
    };
  });
}
