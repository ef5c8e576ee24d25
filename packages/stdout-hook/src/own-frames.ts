/** Keeps our functions out of the stacks of errors that are made while they call what they stand for. */
import type { AnyFunction } from './replace.ts';

/** Where our functions are, as a stack names them. */
const OURS = import.meta.url.slice(0, import.meta.url.lastIndexOf('/') + 1);

/** Calls the original as if the caller had; `failureOf` tells the error that the call has left somewhere. */
export function callUnseen(
  original: AnyFunction,
  self: unknown,
  args: readonly unknown[],
  failureOf?: (self: unknown) => unknown,
): unknown {
  const limited = raiseLimit();
  try {
    return Reflect.apply(original, self, args);
  } catch (error) {
    hideFrames(error);
    throw error;
  } finally {
    if (limited !== undefined && Error.stackTraceLimit === limited + 1) {
      Error.stackTraceLimit = limited;
    }
    if (failureOf !== undefined) hideFrames(failureOf(self));
  }
}

/** Makes room for our frame, so that it does not cost the application its last one. Undefined when nobody may. */
function raiseLimit(): number | undefined {
  const limit = Error.stackTraceLimit;
  if (typeof limit !== 'number') return undefined;
  try {
    Error.stackTraceLimit = limit + 1;
    return limit;
  } catch {
    return undefined;
  }
}

function hideFrames(error: unknown): void {
  if (!(error instanceof Error)) return;
  try {
    const { stack } = error;
    if (typeof stack !== 'string' || !stack.includes(OURS)) return;
    error.stack = stack
      .split('\n')
      .filter((line) => !line.includes(OURS))
      .join('\n');
  } catch {
    // An error that may not be changed keeps our frames.
  }
}
