/** Turns a winston `info` into a message for the transport. Pure. */
import { findText, isError, type LogInput, levelNamed } from '@direct-logging/core';
import { type Info, withoutColor } from './from-line.ts';
import { type Levels, levelOf, saysMore } from './levels.ts';

const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');
const SPLAT = Symbol.for('splat');

/**
 * The text is the message, not the line that a format made of it for people: whatever else is in that line is a field.
 * Never throws, unless reading the message does.
 * @param levels The logger's own levels. They explain names that we do not know.
 */
export function inputFrom(info: Info, levels?: Levels): LogInput {
  try {
    return understood(info, levels);
  } catch (error) {
    // A getter of the application threw. The line must not be lost.
    return { text: String(info.message), logger: 'winston', error };
  }
}

function understood(info: Info, levels: Levels | undefined): LogInput {
  if (isPlain(info)) {
    const level = levelNamed(info.level as string);
    return { text: JSON.stringify(info), logger: 'winston', level, keys: KEYS };
  }
  const { level: shown, message, ...rest } = info;
  if (isReplaced(info)) {
    return {
      text: info[MESSAGE] as string,
      logger: 'winston',
      level: levelOf(String(info[LEVEL]), levels),
      error: isError(info) ? info : undefined,
    };
  }
  const fields: Record<PropertyKey, unknown> = rest;
  const name = withoutColor(info[LEVEL] ?? shown);
  const error = errorOf(info);
  // If winston has caught an exception, it is a field.
  const copied = error ?? fields.error;
  // winston copies these from an error into the info.
  for (const name of ['stack', 'cause'] as const) {
    if (isError(copied) && fields[name] === copied[name]) delete fields[name];
  }
  if (typeof message !== 'string' && message !== error) fields.message = message;
  // Our level replaces it. If ours says less, the name is kept as a field.
  const level = levelOf(name, levels);
  if (name !== '' && saysMore(name, level)) fields.level = name;
  return {
    text: typeof message === 'string' ? withoutColor(message) : '',
    logger: 'winston',
    level,
    error: error && uncolored(error),
    fields: Object.keys(fields).length > 0 ? fields : undefined,
  };
}

/**
 * Whether the JSON text of an info says everything. Then it is shipped like any line of JSON, without an object of fields.
 */
function isPlain(info: Info): boolean {
  const { level, message } = info;
  if (level !== info[LEVEL] || errorOf(info) !== undefined) return false;
  if (typeof level !== 'string' || saysMore(level, levelNamed(level))) return false;
  if (typeof message !== 'string' || NOT_PLAIN.test(message)) return false;
  let names = 0;
  for (const name in info) {
    names++;
    const kind = typeof info[name];
    if (kind !== 'string' && kind !== 'number' && kind !== 'boolean') return false;
    // Most names already differ in their length.
    if ((name.length === 5 || name.length === 9) && NAMES_OF_ERRORS.has(name)) return false;
  }
  return names > 2;
}

/** Empty, colored, JSON itself, or of several lines. */
const NOT_PLAIN = new RegExp(`^$|^\\s*[{[]|[\\n${String.fromCharCode(0x1b)}]`);
const NAMES_OF_ERRORS = new Set(['stack', 'error', 'cause', 'exception', 'rejection']);
const KEYS = { message: 'message' } as const;

/** Logstash's format moves everything into its own text, even the message. An error then has an empty message. */
function isReplaced(info: Info): boolean {
  const hasMessage = isError(info) ? info.message !== '' : 'message' in info;
  return !hasMessage && typeof info[MESSAGE] === 'string' && info[MESSAGE].startsWith('{');
}

/** `logger.error(error)`, `logger.error({ message: error })`, `logger.error('text', error)`. */
function errorOf(info: Info): Error | undefined {
  const { message } = info;
  if (isError(info)) return info;
  if (isError(message)) return message;
  const splat: unknown = info[SPLAT];
  if (!Array.isArray(splat)) return undefined;
  for (const value of splat as unknown[]) if (isError(value) && isShown(value, info)) return value;
  return undefined;
}

/** If a format has removed something from the text of an error, it must not come back with the error. */
function isShown(error: Error, info: Info): boolean {
  return info.stack === error.stack || findText(String(info.message), error.message) >= 0;
}

/** A format that colors messages also colors the message of an error. */
function uncolored(error: Error): Error {
  const { message, stack } = error;
  if (withoutColor(message) === message) return error;
  return Object.create(error, {
    message: { value: withoutColor(message) },
    stack: { value: withoutColor(stack) },
  });
}
