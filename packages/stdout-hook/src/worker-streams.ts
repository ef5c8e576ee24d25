/** In a worker thread: marks what is known about a console call for the thread that started it. @lazy threads */
import { attempt, isOwnWarning, replaceMethod, undoAll } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import type { ConsoleCall } from './line-writer.ts';
import { callWithoutOwnFrames } from './own-frames.ts';
import { encodingOf, ownPrototype } from './stream-writes.ts';
import { spellingOf } from './worker-marks.ts';
import { writeOfWorker } from './worker-output.ts';

/** Marks what its console writes to this stream, and passes on the marks of workers that it has started. */
export function markWrites(stream: NodeJS.WriteStream, capture: Capture): () => void {
  const { prototype, undo } = ownPrototype(stream);
  /** Marking a text loads a file, about which Node prints here with `NODE_DEBUG=module`. */
  let isMarking = false;
  const undoWrite = replaceMethod(prototype, 'write', (original) => {
    return function (this: unknown, ...args: unknown[]): unknown {
      let marked: unknown[] | undefined;
      if (this === stream && !isMarking) {
        try {
          isMarking = true;
          marked = attempt(() => markedArguments(stream, args, capture.call));
        } catch {
          // The stack is full. Nothing can be called here, and the call below throws the same.
        } finally {
          isMarking = false;
        }
      }
      if (marked === undefined) return Reflect.apply(original, this, args);
      return callWithoutOwnFrames(original, this, marked);
    };
  });
  return undoAll([undo, undoWrite]);
}

/** Undefined when nothing is known about the text, or when the caller gave its encoding. */
function markedArguments(
  stream: NodeJS.WriteStream,
  [data, callback]: unknown[],
  running: ConsoleCall | undefined,
): unknown[] | undefined {
  if (typeof callback === 'string') return undefined;
  const encoding = encodingOf(stream, [data]);
  const isText = typeof data === 'string' && (encoding === 'utf8' || encoding === 'utf-8');
  const call = isText ? running : writeOfWorker(data);
  if (!call) return undefined;
  const text = typeof data === 'string' ? data : (data as Buffer).toString();
  if (call === 'text') return [text, 'utf8', callback];
  const isOurs = call.isOurs ?? isOwnWarning(text.replace(/\n$/, ''));
  return [text, spellingOf({ ...call, isOurs }), callback];
}
