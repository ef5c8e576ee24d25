/** The consoles of Bun and Deno print past the streams. A second console prints the same into the capture. @lazy */
import { type AnyFunction, attempt, imitate, replaceMethod, undoAll } from '@direct-logging/core';
import type { Capture } from './capture.ts';
import type { CapturedStream } from './captured-stream.ts';
import { wrap } from './console-calls.ts';

/** `trace` would print a frame of ours. The others that are missing here print nothing, or not as text. */
const METHODS = [
  ...['log', 'info', 'debug', 'warn', 'error', 'dir', 'dirxml', 'table', 'assert', 'count'],
  ...['countReset', 'time', 'timeLog', 'timeEnd', 'group', 'groupCollapsed', 'groupEnd'],
] as const;

/** Hooks the methods of the global console. Its own counters, timers and groups are kept a second time. */
export function hookNativeConsole(capture: Capture): () => void {
  const { Console } = process.getBuiltinModule('node:console');
  let isInside = false;
  let isCopying = false;
  // Formatting is over: what the program prints now is output of its own.
  const passOn = (act: () => void): void => {
    isCopying = isInside = false;
    act();
    isCopying = isInside = true;
  };
  const copy = new Console(
    writerTo(capture, capture.stdout, passOn) as unknown as NodeJS.WritableStream,
    writerTo(capture, capture.stderr, passOn) as unknown as NodeJS.WritableStream,
  );
  const undos = METHODS.map((name) => {
    // Node's `assert` calls `warn`.
    const print = wrap(name === 'assert' ? 'warn' : name, copy[name] as AnyFunction, capture);
    return replaceMethod(console, name, (original) =>
      imitate(function (this: unknown, ...args: unknown[]): unknown {
        // What is formatted can print, too. That must not be printed a second time.
        if (isCopying) return undefined;
        // Deno's `group` calls `log`.
        if (isInside) return Reflect.apply(original, this, args);
        isInside = true;
        try {
          isCopying = true;
          attempt(() => Reflect.apply(print, copy, args));
          isCopying = false;
          return Reflect.apply(original, this, args);
        } finally {
          // A full stack may have ended it before anything of ours began.
          isCopying = isInside = false;
        }
      }, original),
    );
  });
  return undoAll(undos);
}

/** As much of a stream as `Console` uses. */
function writerTo(
  capture: Capture,
  stream: CapturedStream,
  passOn: (act: () => void) => void,
): object {
  const nothing = (): void => {};
  return {
    write(text: string): boolean {
      if (!capture.enter(stream)) return true;
      try {
        passOn(() => capture.take(stream, text));
      } finally {
        stream.isWriting = false;
      }
      return true;
    },
    ...{ on: nothing, once: nothing, removeListener: nothing, listenerCount: () => 0 },
  };
}
