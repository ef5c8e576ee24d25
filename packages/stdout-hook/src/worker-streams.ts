/** Carries what is known about a console call from a worker thread to the thread that started it. */
import type { Worker } from 'node:worker_threads';
import type { Level } from '@direct-logging/core';
import { type AnyFunction, replaceMethod } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import { callUnseen } from './own-frames.ts';
import { defaultEncodingOf, ownPrototype } from './stream-writes.ts';

/** What the parent thread learns: the write is one whole message, with the level of the method if it has one. */
export interface Note {
  readonly level: Level | undefined;
}

/**
 * A worker's stream hands text to the parent together with the name of its encoding, in any mix of upper and lower case.
 * We use spellings that no other code would use to tell what the text is. Code that does not know them sees UTF-8.
 */
const SPELLINGS: readonly (readonly [string, Level | undefined])[] = [
  ['uTf8', undefined],
  ['utF8', 'TRACE'],
  ['uTF8', 'DEBUG'],
  ['UTf8', 'INFO'],
  ['UtF8', 'WARN'],
  ['uTf-8', 'ERROR'],
  ['utF-8', 'FATAL'],
];
const spellingOf = new Map(SPELLINGS.map(([spelling, level]) => [level, spelling]));
const noteOf = new Map(
  SPELLINGS.map(([spelling, level]): [unknown, Note] => [spelling, { level }]),
);

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
  return [text, spellingOf.get(note.level), callback];
}

function isUtf8(encoding: string | undefined): boolean {
  return encoding === 'utf8' || encoding === 'utf-8';
}

const notes = new WeakMap<object, Note>();

/** What the worker that wrote these bytes said about them. */
export function noteAbout(bytes: unknown): Note | undefined {
  return typeof bytes === 'object' && bytes !== null ? notes.get(bytes) : undefined;
}

/** In the parent: reads the marks of the workers that are started from now on. */
export function followWorkers(): () => void {
  const onWorker = ({ stdout, stderr }: Worker): void => {
    try {
      for (const stream of [stdout, stderr]) replaceMethod(stream, 'push', readMarks);
    } catch {
      // Without the marks, a line of this worker is like any other line.
    }
  };
  process.on('worker', onWorker);
  return () => {
    process.removeListener('worker', onWorker);
  };
}

/** The stream would make the same bytes from the text. If we make them, we can recognize them when they are written. */
function readMarks(original: AnyFunction): AnyFunction {
  return function (this: unknown, chunk: unknown, encoding: unknown): unknown {
    const note = typeof chunk === 'string' ? noteOf.get(encoding) : undefined;
    if (note === undefined) return Reflect.apply(original, this, [chunk, encoding]);
    const bytes = Buffer.from(chunk as string);
    notes.set(bytes, note);
    return Reflect.apply(original, this, [bytes]);
  };
}
