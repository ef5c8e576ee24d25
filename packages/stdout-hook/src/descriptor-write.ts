/** A write to descriptor 1 or 2, by a function that is not the stream's. @lazy logger */
import { type AnyFunction, afterThisRun, attempt, inOwnContext } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import { type CapturedStream, encodingFrom, toBuffer, type Written } from './captured-stream.ts';
import { callWithoutOwnFrames, passedOn } from './own-frames.ts';

export type Read = (args: readonly unknown[]) => Written;

/** Where a write goes, and how its arguments are read. */
export interface Destination {
  readonly stream: CapturedStream;
  readonly read: Read;
  readonly capture: Capture;
}

/** Captures what is written, and writes it. Throws what the original throws. */
export function writeCaptured(
  original: AnyFunction,
  self: unknown,
  args: unknown[],
  { stream, read, capture }: Destination,
): unknown {
  const last = args.length - 1;
  const callback = args[last];
  const isAsync = typeof callback === 'function';
  const hasWaited = capture.isLate || (isAsync && stream.isContinuing);
  const written = takeNew(stream, read, args, capture, hasWaited);
  if (isAsync) args[last] = observe(callback, stream, written);
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
 * @param hasWaited Whether other code than the one that is running may have logged it.
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

export function readVector([, views]: readonly unknown[]): Written {
  const written = Array.isArray(views) ? views.filter(ArrayBuffer.isView) : [];
  return { data: Buffer.concat(written.map((data) => toBuffer({ data }))) };
}

/** `(fd, data, encoding or options)` */
export function readFile([, data, options]: readonly unknown[]): Written {
  const isObject = typeof options === 'object' && options !== null;
  return { data, encoding: encodingFrom(isObject ? Reflect.get(options, 'encoding') : options) };
}
