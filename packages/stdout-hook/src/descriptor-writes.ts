/** Captures `fs.write` and similar functions when they write to descriptors 1 and 2 directly. */

import {
  type AnyFunction,
  afterThisRun,
  attempt,
  inOwnContext,
  replaceMethod,
} from '@direct-logging/core';
import type { Capture } from './capture.ts';
import type { CapturedStream, Written } from './captured-stream.ts';
import { callWithoutOwnFrames, passedOn } from './own-frames.ts';
import { toBytes } from './to-bytes.ts';

type Read = (args: readonly unknown[]) => Written;

/** For each method, reads from its arguments what is written. */
const METHODS: Readonly<Record<string, Read>> = {
  write: readWrite,
  writeSync: readWrite,
  writev: readVector,
  writevSync: readVector,
  writeFileSync: readFile,
  appendFileSync: readFile,
};

/**
 * Named imports in ES modules see the replacements, too. `fs.writeFile`, `fs.appendFile` and `fs.createWriteStream` call
 * these functions. A `FileHandle` of `fs/promises` opens its own descriptor and is not captured.
 */
export function hookDescriptors(capture: Capture): () => void {
  // Not imported: an import of node:fs takes several milliseconds to load modules that may never be needed.
  const fs = process.getBuiltinModule('node:fs');
  const { syncBuiltinESMExports } = process.getBuiltinModule('node:module');
  const undos = Object.entries(METHODS).map(([name, read]) =>
    replaceMethod(fs, name, (original) => watch(original, read, capture)),
  );
  syncBuiltinESMExports();
  return () => {
    for (const undo of undos) undo();
    syncBuiltinESMExports();
  };
}

function watch(original: AnyFunction, read: Read, capture: Capture): AnyFunction {
  return function (this: unknown, ...args: unknown[]): unknown {
    const stream = capture.streamOf(args[0]);
    const isNested = stream?.isWriting === true;
    if (stream === undefined || !(capture.enter(stream) || isAnother(stream, read, args)))
      return Reflect.apply(original, this, args);
    try {
      const last = args.length - 1;
      const callback = args[last];
      const isAsync = typeof callback === 'function';
      const written = takeNew(stream, read, args, capture, isAsync && stream.isContinuing);
      if (isAsync) args[last] = observe(callback, stream, written);
      return callOriginal(original, this, args, stream, written);
    } finally {
      stream.isWriting = isNested;
    }
  };
}

/** Whether this is printed while the stream writes something else, as async hooks do. */
function isAnother({ written }: CapturedStream, read: Read, args: readonly unknown[]): unknown {
  return written && attempt(() => !toBuffer(read(args)).equals(toBuffer(written)));
}

function callOriginal(
  original: AnyFunction,
  self: unknown,
  args: unknown[],
  stream: CapturedStream,
  written: Written,
): unknown {
  try {
    const result = callWithoutOwnFrames(original, self, args);
    if (typeof result === 'number') noteRefused(stream, written, undefined, result);
    return result;
  } catch (error) {
    noteRefused(stream, written, error, 0);
    throw passedOn(error, 'node-do-not-add-exception-line');
  }
}

/** Notes how much was written, then calls the callback with its own `this` and arguments. */
function observe(callback: object, stream: CapturedStream, written: Written): AnyFunction {
  return function (this: unknown, ...results: unknown[]): unknown {
    noteRefused(stream, written, results[0], results[1]);
    attempt(() => {
      // After what it leaves to `process.nextTick`, before promises go on: code that waits for one has its own context.
      afterThisRun(() => {
        stream.isContinuing = false;
      });
      stream.isContinuing = true;
    });
    return Reflect.apply(callback as AnyFunction, this, results);
  };
}

/**
 * Takes what is written. Leaves out a beginning that was taken before, when the descriptor refused it.
 * @param hasWaited Whether somebody else may have logged it than whoever is running.
 */
function takeNew(
  stream: CapturedStream,
  read: Read,
  args: readonly unknown[],
  capture: Capture,
  hasWaited: boolean,
): Written {
  try {
    const written = read(args);
    const take = (): void => {
      if (stream.refused === undefined) capture.take(stream, written.data, written.encoding);
      else takeRest(stream, toBuffer(written), stream.refused, capture);
    };
    if (hasWaited) inOwnContext(take);
    else take();
    return written;
  } catch {
    return { data: undefined };
  }
}

function takeRest(stream: CapturedStream, bytes: Buffer, again: Buffer, capture: Capture): void {
  stream.refused = undefined;
  const same = Math.min(bytes.length, again.length);
  const isAgain = bytes.subarray(0, same).equals(again.subarray(0, same));
  capture.take(stream, isAgain ? bytes.subarray(same) : bytes);
  if (isAgain && again.length > same) stream.refused = again.subarray(same);
}

/** A full pipe takes only some of the bytes or, with EAGAIN, none. After any other error nothing is written again. */
function noteRefused(
  stream: CapturedStream,
  written: Written,
  error: unknown,
  count: unknown,
): void {
  try {
    const isFull = error instanceof Error && Reflect.get(error, 'code') === 'EAGAIN';
    if (!isFull && error !== undefined && error !== null) return;
    const done = isFull ? 0 : Number(count);
    if (done < sizeOf(written)) stream.refused = Buffer.from(toBuffer(written).subarray(done));
  } catch {
    // The buffer has been detached meanwhile: it cannot be written again.
  }
}

function sizeOf({ data, encoding }: Written): number {
  if (typeof data === 'string') return Buffer.byteLength(data, encoding as BufferEncoding);
  return ArrayBuffer.isView(data) ? data.byteLength : 0;
}

function toBuffer({ data, encoding }: Written): Buffer {
  return toBytes(data, encoding) ?? Buffer.alloc(0);
}

/** `(fd, string, position?, encoding?)`, `(fd, buffer, offset?, length?)` or `(fd, buffer, {offset, length})`. */
function readWrite([, data, options, fourth]: readonly unknown[]): Written {
  if (typeof data === 'string') return { data, encoding: encodingFrom(fourth) };
  if (!ArrayBuffer.isView(data)) return { data: undefined };
  const isObject = typeof options === 'object' && options !== null;
  const offset = isObject ? Reflect.get(options, 'offset') : options;
  const length = isObject ? Reflect.get(options, 'length') : fourth;
  const start = typeof offset === 'number' ? offset : 0;
  const size = typeof length === 'number' ? length : data.byteLength - start;
  return { data: toBytes(data)?.subarray(start, start + size) };
}

function readVector([, views]: readonly unknown[]): Written {
  const written = Array.isArray(views) ? views.filter(ArrayBuffer.isView) : [];
  return { data: Buffer.concat(written.map((data) => toBuffer({ data }))) };
}

/** `(fd, data, encoding or options)` */
function readFile([, data, options]: readonly unknown[]): Written {
  const isObject = typeof options === 'object' && options !== null;
  return { data, encoding: encodingFrom(isObject ? Reflect.get(options, 'encoding') : options) };
}

function encodingFrom(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
