/** A line of pino as a message for the transport. Pure. */
import type { Level, LineShape, LogInput } from '@direct-logging/core';

/** What the logger knows about a line beside its text. */
export interface LineFacts {
  /** The logger's own name. */
  readonly name?: string | undefined;
  readonly level?: Level | undefined;
  readonly shape?: LineShape | undefined;
}

export function inputFrom(line: string, { name, level, shape }: LineFacts = {}): LogInput {
  return { text: withoutEnd(line), logger: name ?? 'pino', level, shape };
}

/** A line as a text. */
export function withoutEnd(line: string): string {
  if (!line.endsWith('\n')) return line;
  return line.slice(0, line.endsWith('\r\n') ? -2 : -1);
}

/** The settings of a logger that name parts of its lines. */
export interface Keys {
  readonly messageKey?: unknown;
  readonly errorKey?: unknown;
  readonly nestedKey?: unknown;
}

/** What the transport has to know of the names; an error under pino's own name it finds by itself. */
export function shapeFrom({ messageKey, errorKey, nestedKey }: Keys): LineShape {
  const name = typeof errorKey === 'string' ? errorKey : 'err';
  const error = typeof nestedKey === 'string' ? `${nestedKey}.${name}` : name;
  return {
    message: typeof messageKey === 'string' ? messageKey : 'msg',
    error: error === 'err' ? undefined : error,
  };
}
