/** pm2 in cluster mode, which replaces the writes of a program and prints nothing itself. @lazy */
import { attempt, PM2_CONTAINER, replaceMethod } from '@direct-logging/core';
import type { Capture, WriterPlugin } from '../capture.ts';

/** For a process with a channel to its parent. */
export function pm2(): WriterPlugin {
  return PM2_CONTAINER.test(process.argv[1] ?? '') ? { install: captureSent } : {};
}

/** pm2 sends the text to its daemon, for its log files. The message says which stream the text was for. */
function captureSent(capture: Capture): () => void {
  const streams = new Map([
    ['log:out', capture.stdout],
    ['log:err', capture.stderr],
  ]);
  return replaceMethod(process, 'send', (original) => {
    return function (this: unknown, ...args: unknown[]): unknown {
      const message = args[0] as { type?: string; data?: unknown } | undefined;
      const stream = attempt(() => streams.get(message?.type ?? ''));
      if (stream === undefined || !capture.enter(stream)) {
        return Reflect.apply(original, this, args);
      }
      try {
        capture.take(stream, message?.data);
        return Reflect.apply(original, this, args);
      } finally {
        stream.isWriting = false;
      }
    };
  });
}
