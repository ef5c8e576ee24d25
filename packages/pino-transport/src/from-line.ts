/** A line of pino as a message for the transport. Pure. */
import {
  type Level,
  type LoggerKeys,
  type LogInput,
  type Stream,
  withoutEnd,
} from '@direct-logging/core';

/** What the logger knows about a line besides its text. */
export interface LineFacts {
  readonly name?: string | undefined;
  readonly level?: Level | undefined;
  readonly keys?: LoggerKeys | undefined;
}

/** @param stream Where it is printed. Default: nowhere. */
export function inputFrom(line: string, facts: LineFacts = {}, stream?: Stream): LogInput {
  const { name, level, keys } = facts;
  return { text: withoutEnd(line), logger: name ?? 'pino', level, keys, stream };
}

/** pino writes the level first: its number, or what `formatters.level` made of it. */
const LEVEL = /^\{"level":(?:(\d+)|"([^"\\]*)")[,}]/;

/** The level in the line: pino's number, or a name. */
export function levelIn(line: string): number | string | undefined {
  const [, number, name] = LEVEL.exec(line) ?? [];
  return number === undefined ? name : Number(number);
}

/** The settings of a logger that name parts of its lines. */
export interface Keys {
  readonly messageKey?: unknown;
  readonly errorKey?: unknown;
  readonly nestedKey?: unknown;
}

/** The names that the transport has to know. It finds an error under pino's usual name by itself. */
export function keysFrom({ messageKey, errorKey, nestedKey }: Keys): LoggerKeys {
  const name = typeof errorKey === 'string' ? errorKey : 'err';
  const error = typeof nestedKey === 'string' ? `${nestedKey}.${name}` : name;
  return {
    message: typeof messageKey === 'string' ? messageKey : 'msg',
    error: error === 'err' ? undefined : error,
  };
}
