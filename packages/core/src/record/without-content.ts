/**
 * What is shipped in place of a message that fills the stack whenever it is redacted or encoded.
 *
 * @lazy
 */
import { LEVELS, type LogInput } from './record.ts';
import { REDACTED } from './redacted.ts';
import { leadingLevel } from './text-level.ts';

const MAX_LENGTH_OF_LEVEL = 200;

/** The same message, with its size in place of its content. */
export function withoutContent(input: LogInput): LogInput {
  const text = read<string>(input, 'text', 'string') ?? '';
  return {
    stream: read(input, 'stream', 'string'),
    logger: read(input, 'logger', 'string'),
    timeMs: read(input, 'timeMs', 'number'),
    level:
      read(input, 'level', 'string') ?? LEVELS[leadingLevel(text.slice(0, MAX_LENGTH_OF_LEVEL))],
    text: `${REDACTED} (a message of ${text.length} characters that could not be encoded)`,
  };
}

/** A member of this type. Anything else, and what throws when it is read, may be what fills the stack. */
function read<Value>(input: LogInput, name: keyof LogInput, type: string): Value | undefined {
  try {
    const value = input[name];
    return typeof value === type ? (value as Value) : undefined;
  } catch {
    return undefined;
  }
}
