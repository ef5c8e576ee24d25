/** Makes the input of a record from what was printed: its text as a reader sees it, its level and its error. Pure. */
import {
  isError,
  isOwnWarning,
  type LogInput,
  type Stream,
  stripEscapes,
} from '@direct-logging/core';
import type { ConsoleCall, ReadLine } from './line-writer.ts';
import { isPrinted } from './printed-error.ts';

/**
 * One printed message. Without a call, it was written directly to the stream or the descriptor.
 * @param read The message as its writer would read it, if that printed it in a format of its own.
 */
export function printedInput(
  printed: string,
  stream: Stream,
  call: ConsoleCall | undefined,
  read?: ReadLine,
): LogInput {
  const message = read?.text ?? printed;
  const text = stripEscapes(message);
  return {
    text,
    fields: read?.fields,
    level: call === undefined ? read?.level : call.level,
    stream,
    logger: call === undefined && read === undefined ? stream : 'console',
    // Most calls print one text.
    error:
      call === undefined || (typeof call.args[0] === 'string' && call.args.length === 1)
        ? undefined
        : printedError(call.args, message, text),
  };
}

/** A JSON line has the error in its own fields. If an error was redacted, only the text counts. */
function printedError(args: readonly unknown[], message: string, text: string): unknown {
  if (message.startsWith('{') && message.endsWith('}')) return undefined;
  const error = args.find(isError);
  return error !== undefined && isPrinted(error as object, text) ? error : undefined;
}

/** A warning that Node prints, whichever console method it uses. Undefined for our own warnings in this thread. */
export function warningInput(text: string): LogInput | undefined {
  if (isOwnWarning(text)) return undefined;
  return { text: stripEscapes(text), level: 'WARN', stream: 'stderr', logger: 'stderr' };
}
