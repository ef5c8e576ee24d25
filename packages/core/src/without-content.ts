/** What is shipped of a message that fills the stack whenever it is redacted or encoded. */
import { attempt } from './process/guard.ts';
import { LEVELS, type LogInput } from './record/record.ts';
import { REDACTED } from './record/redacted.ts';
import { leadingLevel } from './record/text-level.ts';

/** To read the message can fill the stack, too. */
export function withoutContent(input: LogInput): LogInput {
  const text = attempt(() => String(input.text)) ?? '';
  return {
    level: attempt(() => input.level) ?? LEVELS[leadingLevel(text.slice(0, 200))],
    stream: attempt(() => input.stream),
    text: `${REDACTED} (a message of ${text.length} characters that could not be encoded)`,
  };
}
