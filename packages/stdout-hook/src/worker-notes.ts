/** How a worker thread tells its parent what it knows about a write: in the spelling of the encoding's name. */
import type { Worker } from 'node:worker_threads';
import { type AnyFunction, type Level, replaceMethod } from '@direct-logging/core';

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
const spellings = new Map(SPELLINGS.map(([spelling, level]) => [level, spelling]));
const noteOf = new Map(
  SPELLINGS.map(([spelling, level]): [unknown, Note] => [spelling, { level }]),
);

/** The name of UTF-8 that carries this note. */
export function spellingOf({ level }: Note): string | undefined {
  return spellings.get(level);
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
