/** Keeps our functions out of the stacks of errors that are made while they call what they stand for. */
import type { AnyFunction } from '@direct-logging/core';

/** Where our functions are: what a stack calls a URL or, under other loaders, a path. */
const OURS = ownFolder();

/** Our functions in one call, at most. */
const FRAMES = 3;

/**
 * Calls the original as if the caller had called it.
 * @param stream Keeps the error of a write that failed instead of throwing it.
 */
export function callUnseen(
  original: AnyFunction,
  self: unknown,
  args: readonly unknown[],
  stream?: { readonly errored: unknown },
): unknown {
  const limit = Error.stackTraceLimit;
  const isRaised = raiseLimit(limit);
  try {
    return Reflect.apply(original, self, args);
  } catch (error) {
    hideFrames(error, limit);
    throw passedOn(error, 'node-do-not-add-exception-line');
  } finally {
    if (isRaised && Error.stackTraceLimit === limit + FRAMES) Error.stackTraceLimit = limit;
    if (stream?.errored) hideFrames(stream.errored, limit);
  }
}

/**
 * An error of the application, to be thrown again. When nobody catches an error, Node shows the line that threw it last above
 * its stack. That line would be ours. Node leaves out a line that has this text.
 */
export function passedOn(error: unknown, _text: 'node-do-not-add-exception-line'): unknown {
  return error;
}

/** Makes room for our frames, so that the application keeps its last ones. False when the limit cannot be set. */
function raiseLimit(limit: unknown): boolean {
  if (typeof limit !== 'number') return false;
  try {
    Error.stackTraceLimit = limit + FRAMES;
    return true;
  } catch {
    return false;
  }
}

/** Takes our frames out, and those for which there would have been no room. */
function hideFrames(error: unknown, limit: number): void {
  try {
    if (!(error instanceof Error)) return;
    const { stack } = error;
    if (typeof stack !== 'string') return;
    const lines = stack.split('\n');
    const isFull = lines.filter((line) => FRAME.test(line)).length === limit + FRAMES;
    if (!isFull && !stack.includes(OURS)) return;
    let frames = 0;
    const isKept = (line: string): boolean =>
      !line.includes(OURS) && (!FRAME.test(line) || ++frames <= limit);
    error.stack = lines.filter(isKept).join('\n');
  } catch {
    // An error that may not be changed keeps our frames.
  }
}

const FRAME = /^ {4}at /;

/** In a bundle the application's own functions are in the same file, or nobody knows where it is: there nothing is hidden. */
function ownFolder(): string {
  const url: string | undefined = import.meta.url;
  const folder = url === undefined ? '' : new URL('.', url).pathname;
  return /\/(auto|stdout-hook)\/(dist|src)\/$/.test(folder) ? folder : '\0';
}
