/** What counts as an error. Every console call with arguments asks this, so it is separate from the code that reads errors. */
import { types } from 'node:util';

/**
 * Whether the value is an Error, possibly of another realm. Reads nothing of a proxy, because its traps are the
 * application's code.
 */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  if (types.isNativeError(value)) return true;
  try {
    return !types.isProxy(value) && value instanceof Error;
  } catch {
    return false;
  }
}

/** Whether V8's stack is full: nothing more can be called, and what was interrupted has to be done again. */
export function isStackOverflow(error: unknown): boolean {
  return (error as Error | undefined)?.message === 'Maximum call stack size exceeded';
}
