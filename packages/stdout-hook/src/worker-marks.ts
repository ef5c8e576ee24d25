/**
 * How a worker thread tells its parent what it knows about a write: by the spelling of the encoding's name.
 *
 * A worker's stream sends text to the parent together with the name of its encoding, in any mix of upper and lower case. We use
 * spellings that no other code would use to tell what the text is. Code that does not know them sees UTF-8:
 * https://github.com/nodejs/node/blob/main/lib/internal/worker/io.js
 */
import type { Worker } from 'node:worker_threads';
import { type AnyFunction, guarded, type Level, replaceMethod } from '@direct-logging/core';
import type { ConsoleCall } from './line-writer.ts';

/** Each stands for one whole message, with the level of the method if it has one. */
const SPELLINGS = new Map<Level | undefined, string>([
  [undefined, 'uTf8'],
  ['TRACE', 'utF8'],
  ['DEBUG', 'uTF8'],
  ['INFO', 'UTf8'],
  ['WARN', 'UtF8'],
  ['ERROR', 'uTf-8'],
  ['FATAL', 'utF-8'],
]);
const CALLS = new Map<unknown, ConsoleCall>(
  [...SPELLINGS].map(([level, spelling]) => [spelling, { level, args: [] }]),
);

/** The name of UTF-8 that carries the level of this call. */
export function spellingOf({ level }: ConsoleCall): string | undefined {
  return SPELLINGS.get(level);
}

/** By the bytes that the call wrote. */
const calls = new WeakMap<object, ConsoleCall>();

/** The console call of the worker that wrote these bytes. Its arguments are not known. */
export function callOfWorker(bytes: unknown): ConsoleCall | undefined {
  return typeof bytes === 'object' && bytes !== null ? calls.get(bytes) : undefined;
}

/** In the parent: reads the marks of the workers that are started from now on. */
export function followWorkers(): () => void {
  // Without the marks, a line of this worker is like any other line.
  const onWorker = guarded(({ stdout, stderr }: Worker) => {
    for (const stream of [stdout, stderr]) replaceMethod(stream, 'push', readMarks);
  });
  process.on('worker', onWorker);
  return () => {
    process.removeListener('worker', onWorker);
  };
}

/** The stream would make the same bytes from the text. If we make them, we can recognize them when they are written. */
function readMarks(original: AnyFunction): AnyFunction {
  return function (this: unknown, chunk: unknown, encoding: unknown): unknown {
    const call = typeof chunk === 'string' ? CALLS.get(encoding) : undefined;
    if (call === undefined) return Reflect.apply(original, this, [chunk, encoding]);
    const bytes = Buffer.from(chunk as string);
    calls.set(bytes, call);
    return Reflect.apply(original, this, [bytes]);
  };
}
