/** The error that ends the process: as a record, and as other code can print it. @lazy errors */
import {
  afterThisRun,
  attempt,
  handlesErrors,
  isError,
  type LogInput,
  stripEscapes,
} from '@direct-logging/core';
import { isPrinted } from './printed-error.ts';

/** Node's name for the method that adds to a stack where the error was emitted. */
const KEY = 'kEnhanceStackBeforeInspector';
/** The frame of `process.exit`. */
const EXIT_CALL = /\n {4}at process\.exit \(node:/;

/**
 * Nothing has caught this error. Ships it, unless the program handles it: such a program logs it itself, and Node prints nothing.
 *
 * @param atExit Our listener for `exit`.
 * @returns To be called by that listener. Ships the error if only the `exit` event shows that it was not handled, but not if
 *   `process.exit` has caused the event.
 */
export function fatalError(
  error: unknown,
  ship: (error: unknown) => void,
  atExit: NodeJS.ExitListener,
): () => void {
  let isPending = !handlesErrors();
  if (isPending && !mayBeHandled(atExit)) {
    isPending = false;
    ship(error);
  }
  afterThisRun(() => {
    isPending = false;
  });
  return () => {
    if (isPending && !EXIT_CALL.test(new Error().stack ?? '')) ship(error);
    isPending = false;
  };
}

/**
 * From Node 26 on, a callback that nobody can see may handle the error. The REPL has one. Then no `exit` follows.
 * https://nodejs.org/api/process.html#processadduncaughtexceptioncapturecallbackfn
 */
function mayBeHandled(atExit: NodeJS.ExitListener): boolean {
  if (!('addUncaughtExceptionCaptureCallback' in process)) return false;
  // A program that has replaced `emit` prints the error before an `exit`.
  if (Reflect.get(process, '_exiting') === true || Object.hasOwn(process, 'emit')) return false;
  return process.listeners('exit').includes(atExit);
}

export function fatalInput(error: unknown): LogInput {
  const text = stripEscapes(fatalText(error));
  return {
    text,
    level: 'FATAL',
    stream: 'stderr',
    logger: 'stderr',
    // If a program has redacted what is printed of it, the record must not show more.
    error: isPrinted(error, text) ? error : undefined,
  };
}

/**
 * The texts as which other code can print the error in place of Node. A module that replaces `process.emit`, such as
 * source-map-support in ts-node, can do that and end the process
 * (https://github.com/evanw/node-source-map-support/blob/master/source-map-support.js,
 * https://github.com/cspotcode/node-source-map-support/blob/main/source-map-support.js). Empty if `process.emit` is Node's own.
 */
export function printedFatals(error: unknown): unknown[] {
  if (!Object.hasOwn(process, 'emit')) return [];
  try {
    const { inspect } = util();
    const bare = inspect(error, { customInspect: false });
    return [inspect(error), bare, (error as Error | null | undefined)?.stack];
  } catch {
    // A getter of the application throws.
    return [];
  }
}

/** The text as Node prints it, without the excerpt of the source above it. */
function fatalText(error: unknown): string {
  try {
    const { inspect } = util();
    // https://github.com/nodejs/node/blob/main/lib/internal/process/execution.js
    const depth = Math.max(inspect.defaultOptions.depth ?? 0, 5);
    const text = inspect(error, { customInspect: false, depth });
    return isError(error) ? withEmission(text, error) : `Uncaught ${text}`;
  } catch {
    return 'Uncaught exception that cannot be shown';
  }
}

function util(): typeof import('node:util') {
  return process.getBuiltinModule('node:util');
}

/** As Node prints the error of an event without a listener: https://github.com/nodejs/node/blob/main/lib/events.js */
function withEmission(text: string, error: Error): string {
  const key = Object.getOwnPropertySymbols(error).find(({ description }) => description === KEY);
  const enhance: unknown = key && Reflect.get(error, key);
  if (typeof enhance !== 'function') return text;
  const enhanced = attempt(() => {
    // Without frames, it is in brackets.
    const shown = text.startsWith('[') ? `[${error.stack}]` : error.stack;
    return shown && text.replace(shown, () => enhance());
  });
  return enhanced || text;
}
