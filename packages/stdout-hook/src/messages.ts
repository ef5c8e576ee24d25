/** Makes the input of a record from what was printed: its text as a reader sees it, its level and its error. Pure. */
import {
  isError,
  type Level,
  type LogInput,
  type Stream,
  stripEscapes,
} from '@direct-logging/core';
import { isPrinted } from './printed-error.ts';
import {
  originalMessage,
  parseLoggedJson,
  parseRuntimeLine,
  type RuntimeClient,
} from './runtime-client.ts';

/** What the message of a console call needs to know about the call. */
export interface ConsoleCall {
  /** The level of the method. Undefined for `log` and others that have none. */
  readonly level: Level | undefined;
  readonly args: readonly unknown[];
}

const OWN_WARNING = /^\(node:\d+\) (?:\[[^\]]*\] )?DirectLoggingWarning: /;

/** One printed message. Without a call, it was written directly to the stream or the descriptor. */
export function printedInput(
  printed: string,
  stream: Stream,
  call: ConsoleCall | undefined,
  client: RuntimeClient,
): LogInput {
  const runtimeLine = client.expected ? parseRuntimeLine(printed) : undefined;
  const message =
    runtimeLine === undefined ? printed : originalMessage(runtimeLine.message, call?.args);
  const isJson = message.startsWith('{') && message.endsWith('}');
  const logged =
    isJson && call !== undefined && client.expected ? parseLoggedJson(message) : undefined;
  const text = stripEscapes(logged?.text ?? message);
  // Most calls print one text.
  const hasText = call?.args.length === 1 && typeof call.args[0] === 'string';
  const error = isJson || hasText ? undefined : call?.args.find(isError);
  return {
    text,
    fields: logged?.fields,
    level: call === undefined ? saidLevel(runtimeLine?.level) : call.level,
    stream,
    logger: call === undefined && runtimeLine === undefined ? stream : 'console',
    // A JSON line has the error in its own fields. If an error was redacted, only the text counts.
    error: error !== undefined && isPrinted(error as object, text) ? error : undefined,
  };
}

/** A warning that Node prints, whichever console method it uses. Undefined for our own warnings. */
export function warningInput(text: string): LogInput | undefined {
  if (OWN_WARNING.test(text)) return undefined;
  return { text: stripEscapes(text), level: 'WARN', stream: 'stderr', logger: 'stderr' };
}

/** The runtime client also prints INFO for `console.log`, so INFO says nothing about the level. */
function saidLevel(level: Level | undefined): Level | undefined {
  return level === 'INFO' ? undefined : level;
}
