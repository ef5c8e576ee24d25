/**
 * In a worker thread: marks what is known about a console call for the thread that started it.
 *
 * @lazy
 */
import { replaceMethod } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import { callUnseen } from './own-frames.ts';
import { defaultEncodingOf, ownPrototype } from './stream-writes.ts';
import { type Note, noteAbout, spellingOf } from './worker-notes.ts';

/** In a worker: marks what its console writes to this stream, and passes on the marks of workers that it has started. */
export function markWrites(stream: NodeJS.WriteStream, capture: Capture): () => void {
  const { prototype, undo } = ownPrototype(stream);
  const undoWrite = replaceMethod(prototype, 'write', (original) => {
    return function (this: unknown, ...args: unknown[]): unknown {
      const marked = this === stream ? markedArguments(stream, args, capture.call) : undefined;
      if (marked === undefined) return Reflect.apply(original, this, args);
      return callUnseen(original, this, marked);
    };
  });
  return () => {
    undoWrite();
    undo();
  };
}

/** Undefined when nothing is known about the text, or when the caller gave its encoding. */
function markedArguments(
  stream: NodeJS.WriteStream,
  args: unknown[],
  call: Note | undefined,
): unknown[] | undefined {
  const [data, callback] = args;
  if (typeof callback === 'string') return undefined;
  const isText = typeof data === 'string' && isUtf8(defaultEncodingOf(stream));
  const note = isText ? call : noteAbout(data);
  if (note === undefined) return undefined;
  const text = typeof data === 'string' ? data : (data as Buffer).toString();
  return [text, spellingOf(note), callback];
}

function isUtf8(encoding: string | undefined): boolean {
  return encoding === 'utf8' || encoding === 'utf-8';
}
