/**
 * How a worker thread tells its parent what it knows about a write: by the spelling of the encoding's name.
 *
 * A worker's stream sends text to the parent together with the name of its encoding, in any mix of upper and lower case. We use
 * spellings that no other code would use to tell what the text is. Code that does not know them sees UTF-8:
 * https://github.com/nodejs/node/blob/main/lib/internal/worker/io.js @lazy
 */
import { type AnyFunction, attempt, type Level } from '@direct-logging/core';
import { toBytes } from './captured-stream.ts';
import type { ConsoleCall } from './line-writer.ts';

/** Each stands for one whole message, with the level of the method if it has one, or for a warning of ours. */
const SPELLINGS = new Map<Level | undefined | 'ours', string>([
  [undefined, 'uTf8'],
  ['TRACE', 'utF8'],
  ['DEBUG', 'uTF8'],
  ['INFO', 'UTf8'],
  ['WARN', 'UtF8'],
  ['ERROR', 'uTf-8'],
  ['FATAL', 'utF-8'],
  ['ours', 'uTF-8'],
]);
const IS_UTF8 = /^utf-?8$/i;
const CALLS = new Map<unknown, ConsoleCall>(
  [...SPELLINGS].map(([mark, spelling]) => {
    const isOurs = mark === 'ours';
    return [spelling, { level: isOurs ? undefined : mark, args: [], isOurs }];
  }),
);

/**
 * What is known about bytes that a worker has written: the console call, `text` if they were a string, which is then whole, or `null`.
 */
export type WorkerWrite = ConsoleCall | 'text' | null;

/** The name of UTF-8 that carries the level of this call. */
export function spellingOf({ level, isOurs }: ConsoleCall): string | undefined {
  return SPELLINGS.get(isOurs ? 'ours' : level);
}

/**
 * For `push` of a stream to which a worker writes. The stream would make the same bytes. If we make them, they are recognized when they
 * are printed.
 * @param writes Gets what is known about the bytes.
 */
export function readMarks(
  writes: WeakMap<object, WorkerWrite>,
): (original: AnyFunction) => AnyFunction {
  const take = (chunk: unknown, encoding: unknown): Buffer | undefined => {
    const bytes = toBytes(chunk, encoding as string);
    if (bytes !== undefined) {
      const known = CALLS.get(encoding) ?? (IS_UTF8.test(String(encoding)) ? 'text' : null);
      writes.set(bytes, typeof chunk === 'string' ? known : null);
    }
    return bytes;
  };
  return (original) =>
    function (this: unknown, chunk: unknown, encoding: unknown): unknown {
      const bytes = attempt(() => take(chunk, encoding));
      return Reflect.apply(original, this, bytes === undefined ? [chunk, encoding] : [bytes]);
    };
}
