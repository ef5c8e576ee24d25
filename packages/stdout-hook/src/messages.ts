/** Makes the input of a record from what was printed: its text as a reader sees it, its level and its error. Pure. */
import { isError, type Level, type LogInput, type Stream } from '@direct-logging/core';
import { stripEscapes } from './escapes.ts';
import { isPrinted } from './printed-error.ts';
import {
  originalMessage,
  parseLoggedJson,
  parseRuntimeLine,
  type RuntimeClient,
} from './runtime-client.ts';

/** A console call, as far as its message needs it. */
export interface ConsoleCall {
  /** What the method stands for; undefined for `log` and others that say nothing about it. */
  readonly level: Level | undefined;
  readonly args: readonly unknown[];
}

const OWN_WARNING = /^\(node:\d+\) (?:\[[^\]]*\] )?DirectLoggingWarning: /;

/** One printed message. Without a call somebody wrote it to the stream or the descriptor. */
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
  const error = isJson ? undefined : call?.args.find(isError);
  return {
    text,
    fields: logged?.fields,
    level: call === undefined ? saidLevel(runtimeLine?.level) : call.level,
    stream,
    logger: call === undefined && runtimeLine === undefined ? stream : 'console',
    // A JSON line has the error in its own fields, and of an error that was masked the text tells what is left.
    error: error !== undefined && isPrinted(error as object, text) ? error : undefined,
  };
}

/** A warning that Node prints, with whatever method of the console it found first. Undefined for our own. */
export function warningInput(text: string): LogInput | undefined {
  if (OWN_WARNING.test(text)) return undefined;
  return { text: stripEscapes(text), level: 'WARN', stream: 'stderr', logger: 'stderr' };
}

/** The runtime client prints INFO for `console.log`, too, which says nothing about the level. */
function saidLevel(level: Level | undefined): Level | undefined {
  return level === 'INFO' ? undefined : level;
}
