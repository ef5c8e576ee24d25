/** Captures `process.stdout.write` and `process.stderr.write`, and text given to their `end`. */

import { type AnyFunction, replaceMethod } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import type { Outlet } from './outlet.ts';
import { callUnseen } from './own-frames.ts';

/**
 * The methods stand on a prototype of the stream's own, between it and its class. The reason is pino, which compares
 * `stream.write` with `stream.constructor.prototype.write`. Where they differ it prints through the stream instead of the
 * descriptor, and less of that reaches a pipe when the process exits.
 */
export function hookStream(
  stream: NodeJS.WriteStream,
  outlet: Outlet,
  capture: Capture,
): () => void {
  const { prototype, undo } = ownPrototype(stream);
  const undos = ['write', 'end'].map((name) =>
    // What somebody has put onto the stream itself is what is called.
    replaceMethod(Object.hasOwn(stream, name) ? stream : prototype, name, (original) => {
      return function (this: unknown, ...args: unknown[]): unknown {
        if (this !== stream || !capture.enter(outlet)) return Reflect.apply(original, this, args);
        try {
          const encoding = encodingOf(stream, args[0], args[1]);
          if (encoding !== REFUSED) capture.take(outlet, args[0], encoding);
          return callUnseen(original, this, args, stream);
        } finally {
          capture.leave(outlet);
        }
      };
    }),
  );
  return () => {
    for (const undoOne of undos) undoOne();
    undo();
  };
}

/** Gives the stream a class of its own, which does not differ yet from the one it had. */
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

/** The encoding is unknown, or there is no text that could have it: the stream prints nothing. */
const REFUSED = Symbol('refused');

/** The encoding of what is written: given with it, else what the application has set for the stream. */
function encodingOf(
  stream: NodeJS.WriteStream,
  data: unknown,
  given: unknown,
): string | undefined | typeof REFUSED {
  try {
    if (stream.writableEnded) return REFUSED;
    if (typeof given !== 'string' || given === '') return defaultEncodingOf(stream);
    // The name that bytes have among streams.
    if (given === 'buffer') return typeof data === 'string' ? REFUSED : undefined;
    return Buffer.isEncoding(given) ? given : REFUSED;
  } catch {
    return undefined;
  }
}

/** The encoding of texts that are written without one, in lower case. */
export function defaultEncodingOf(stream: NodeJS.WriteStream): string | undefined {
  try {
    const state: unknown = Reflect.get(stream, '_writableState');
    return (state as { defaultEncoding?: string }).defaultEncoding;
  } catch {
    return undefined;
  }
}
