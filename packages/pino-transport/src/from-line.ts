/** A line of pino as a message for the transport. Pure. */
import { LEVELS, type Level, type LogInput } from '@direct-logging/core';

/** What pino knows about a line beside its text. */
export interface LineFacts {
  /** The logger's own name. */
  readonly name?: string | undefined;
  /** pino's number of the level: 10 for trace to 60 for fatal, custom ones between and beyond. */
  readonly level?: number | undefined;
}

/** The level counts only where the line has none that is understood, since its own wins. */
export function inputFrom(line: string, { name, level }: LineFacts = {}): LogInput {
  return {
    text: line.replace(/\r?\n$/, ''),
    logger: name ?? 'pino',
    level: level === undefined ? undefined : levelOf(level),
  };
}

function levelOf(number: number): Level | undefined {
  const index = Math.floor(number / 10) - 1;
  return LEVELS[Math.min(Math.max(index, 0), LEVELS.length - 1)];
}
