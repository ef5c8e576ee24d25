/**
 * What the error that ends the process says, and how it may be printed.
 *
 * @lazy
 */
import { isError, type LogInput } from '@direct-logging/core';

/** The error as a record. */
export function fatalInput(error: unknown): LogInput {
  return { text: fatalText(error), level: 'FATAL', stream: 'stderr', logger: 'stderr', error };
}

/**
 * The texts as which somebody else may print the error in the place of Node. Who replaces `process.emit` (source-map-support, and so
 * ts-node) can do that and end the process; without that there are none.
 */
export function printedFatals(error: unknown): unknown[] {
  if (!Object.hasOwn(process, 'emit')) return [];
  try {
    return [fatalText(error), (error as Error | null | undefined)?.stack];
  } catch {
    // A getter of the application's throws.
    return [];
  }
}

/** The text as Node prints it, without the excerpt of the source above it. */
function fatalText(error: unknown): string {
  try {
    const text = process.getBuiltinModule('node:util').inspect(error);
    return isError(error) ? text : `Uncaught ${text}`;
  } catch {
    return 'Uncaught exception that cannot be shown';
  }
}
