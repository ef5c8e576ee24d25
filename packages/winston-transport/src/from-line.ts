/** Turns a line of winston into a message for the transport: what was printed or written, and its level. Pure. */
import { type LoggerKeys, type LogInput, type Stream, stripEscapes } from '@direct-logging/core';
import { type Levels, levelOf, saysMore } from './levels.ts';

/** What winston gives to its transports. */
export type Info = Readonly<Record<PropertyKey, unknown>>;

const LEVEL = Symbol.for('level');
/** The parts have the usual names, and the level comes from the logger. */
const KEYS: LoggerKeys = {};

/**
 * JSON becomes fields. Any other text is the message. Only the level is read from the info: what was not printed is in no
 * record.
 * @param text Without its line ending.
 * @param levels The levels of the transport.
 * @param stream Where it is printed. Default: nowhere.
 */
export function inputFromLine(
  text: string,
  info: Info,
  levels?: Levels,
  stream?: Stream,
): LogInput {
  const name = String(info[LEVEL] ?? '');
  const level = levelOf(name, levels);
  if (text.startsWith('{')) return { text, logger: 'winston', level, keys: KEYS, stream };
  const fields = name !== '' && saysMore(name, level) ? { level: name } : undefined;
  return { text: withoutColor(text), logger: 'winston', level, fields, stream };
}

/** The text as people read it. Empty if it is not a string. */
export function withoutColor(text: unknown): string {
  return typeof text === 'string' ? stripEscapes(text) : '';
}
