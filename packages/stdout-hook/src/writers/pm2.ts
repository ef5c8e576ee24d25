/** pm2 in cluster mode, which replaces the writes of a program and prints nothing itself. @lazy */
import { PM2_CONTAINER, watchCalls } from '@direct-logging/core';
import type { Capture, WriterPlugin } from '../capture.ts';
import type { CapturedStream } from '../captured-stream.ts';

/** For a process with a channel to its parent. */
export function pm2(): WriterPlugin {
  return PM2_CONTAINER.test(process.argv[1] ?? '') ? { install: captureSent } : {};
}

/** pm2 sends the text to its daemon, for its log files. The message says which stream the text was for. */
function captureSent(capture: Capture): () => void {
  const streams = new Map<unknown, CapturedStream>([
    ['log:out', capture.stdout],
    ['log:err', capture.stderr],
  ]);
  return watchCalls(process, 'send', (_, [message]) => {
    const { type, data } = message as { readonly type?: unknown; readonly data?: unknown };
    const stream = streams.get(type);
    if (stream === undefined || !capture.enter(stream)) return;
    try {
      capture.take(stream, data);
    } finally {
      stream.isWriting = false;
    }
  });
}
