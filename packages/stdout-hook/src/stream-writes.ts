/** Captures `process.stdout.write` and `process.stderr.write`, and text given to their `end`. */
import { type AnyFunction, replaceMethod, undoAll } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import type { CapturedStream } from './captured-stream.ts';
import { callWithoutOwnFrames } from './own-frames.ts';

/**
 * Puts the methods on a separate prototype, between the stream and its class. The reason is pino, which compares
 * `stream.write` with `stream.constructor.prototype.write`. If they differ, it prints through the stream instead of the
 * descriptor, and less of the output reaches a pipe when the process exits: `hasBeenTampered` in
 * https://github.com/pinojs/pino/blob/main/lib/tools.js
 */
export function hookStream(
  stream: NodeJS.WriteStream,
  captured: CapturedStream,
  capture: Capture,
): () => void {
  const { prototype, undo } = ownPrototype(stream);
  const above = Object.getPrototypeOf(prototype);
  const undos = ['write', 'end'].map((name) => {
    const isOwn = Object.hasOwn(stream, name);
    // A method that was set on the stream itself is the one that is called.
    return replaceMethod(isOwn ? stream : prototype, name, (given) => {
      return function (this: unknown, ...args: unknown[]): unknown {
        // Looked up for each line, because a program may patch the class later, and here, because a call would cost more.
        const original = isOwn ? given : above[name];
        if (this !== stream || !capture.enter(captured)) return Reflect.apply(original, this, args);
        try {
          const encoding = encodingOf(stream, args);
          if (encoding !== REFUSED) {
            capture.take(captured, args[0], encoding);
            if (!Object.hasOwn(stream, '_write')) captured.written = { data: args[0], encoding };
          }
          return callWithoutOwnFrames(original, this, args, stream);
        } finally {
          captured.written = undefined;
          captured.isWriting = false;
        }
      };
    });
  });
  return undoAll([undo, ...undos]);
}

/** Gives the stream its own class, which does not differ yet from the previous one. */
export function ownPrototype(stream: object): { prototype: object; undo: () => void } {
  const before = Object.getPrototypeOf(stream) as { constructor: AnyFunction & (new () => object) };
  const Imitation = class extends before.constructor {};
  Object.defineProperty(Imitation, 'name', { value: before.constructor.name, configurable: true });
  const { prototype } = Imitation;
  Object.setPrototypeOf(stream, prototype);
  return {
    prototype,
    undo() {
      if (Object.getPrototypeOf(stream) === prototype) Object.setPrototypeOf(stream, before);
    },
  };
}

/** The stream prints nothing: it has ended, the encoding is unknown, or a text is called `buffer`. */
const REFUSED: unique symbol = Symbol('refused');

/** What a stream of Node keeps under this name. */
interface Buffered {
  readonly _writableState: { readonly defaultEncoding?: string };
}

/** The encoding with these arguments of `write`: the one among them, else the default of the stream, in lower case. */
export function encodingOf(
  stream: NodeJS.WriteStream,
  args: readonly unknown[],
): string | undefined | typeof REFUSED {
  try {
    const [data, given] = args;
    if (stream.writableEnded) return REFUSED;
    if (typeof given !== 'string' || given === '') {
      return (stream as unknown as Buffered)._writableState.defaultEncoding;
    }
    // Streams use this name for bytes.
    if (given === 'buffer') return typeof data === 'string' ? REFUSED : undefined;
    return Buffer.isEncoding(given) ? given : REFUSED;
  } catch {
    return undefined;
  }
}
