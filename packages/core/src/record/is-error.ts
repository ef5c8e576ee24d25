/** What counts as an error. Asked at every console call with arguments, so it stands apart from what takes errors apart. */
import { types } from 'node:util';

/**
 * Whether the value is an Error, one of another realm included. Of a proxy nothing is looked at: its traps are the
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
