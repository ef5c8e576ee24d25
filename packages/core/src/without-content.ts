/** What is shipped of a message that fills the stack whenever it is redacted or encoded. @lazy repairs */
import { attempt } from './process/guard.ts';
import { LEVELS, type LogInput } from './record/record.ts';
import { REDACTED } from './record/redacted.ts';
import { leadingLevel } from './record/text-level.ts';

/** Reading the message can fill the stack, too. */
export function withoutContent(input: LogInput): LogInput {
  const text = attempt(() => String(input.text)) ?? '';
  const level = attempt(() => input.level) ?? LEVELS[leadingLevel(text.slice(0, 200))];
  const facts = attempt(() => {
    const { stream, logger, timeMs } = input;
    return { stream, logger: typeof logger === 'string' ? logger : undefined, timeMs };
  });
  const size = `a message of ${text.length} characters`;
  return { ...facts, level, text: `${REDACTED} (${size} that could not be encoded)` };
}
