/** A winston `info` as a message for the transport. Pure. */
import type { Level, LogInput } from '@direct-logging/core';

/** What winston hands to its transports. */
export type Info = Readonly<Record<PropertyKey, unknown>>;

/** winston's priorities by name of the level: the lower, the more important. */
export type Levels = Readonly<Record<string, number>>;

const LEVEL = Symbol.for('level');
const MESSAGE = Symbol.for('message');
const SPLAT = Symbol.for('splat');

/** npm's, syslog's and other usual names. */
const KNOWN: Readonly<Record<string, Level>> = {
  ...{ emerg: 'FATAL', alert: 'FATAL', crit: 'FATAL', critical: 'FATAL', fatal: 'FATAL' },
  ...{ error: 'ERROR', warning: 'WARN', warn: 'WARN', notice: 'INFO', info: 'INFO' },
  ...{ http: 'DEBUG', verbose: 'DEBUG', debug: 'DEBUG', trace: 'TRACE', silly: 'TRACE' },
};
/** The names that say no more than our level does. */
const EXACT = new Set(['crit', 'critical', 'fatal', 'error', 'warning', 'warn', 'info', 'debug']);
/** The escape sequences with which formats colour level and message. */
const COLOUR = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*m`, 'g');

/**
 * The text is the message, not the line that a format made for people of it: everything that stands there is a field.
 * Never throws, unless reading the message does.
 * @param levels The logger's own levels; by them names that we don't know are understood.
 */
export function inputFrom(info: Info, levels?: Levels): LogInput {
  try {
    return understood(info, levels ?? {});
  } catch (error) {
    // A getter of the application's threw; the line is not lost for it.
    return { text: String(info.message), logger: 'winston', error };
  }
}

function understood(info: Info, levels: Levels): LogInput {
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
  const name = withoutColour(info[LEVEL] ?? shown);
  const error = errorOf(info);
  // Where winston has caught it, an exception is a field.
  const copied = error ?? fields.error;
  if (isError(copied)) dropCopies(fields, copied);
  if (typeof message !== 'string' && message !== error) fields.message = message;
  // Ours stands for it, and where that says less it is kept beside it.
  if (name !== '' && !EXACT.has(name) && name !== 'trace') fields.level = name;
  return {
    text: typeof message === 'string' ? withoutColour(message) : '',
    logger: 'winston',
    level: levelOf(name, levels),
    error: error && uncoloured(error),
    fields: Object.keys(fields).length > 0 ? fields : undefined,
  };
}

/** Logstash's format moves everything, the message too, into a text of its own. An error is left with an empty one. */
function isReplaced(info: Info): boolean {
  const hasMessage = isError(info) ? info.message !== '' : 'message' in info;
  return !hasMessage && typeof info[MESSAGE] === 'string' && info[MESSAGE].startsWith('{');
}

function withoutColour(text: unknown): string {
  return typeof text === 'string' ? text.replace(COLOUR, '') : '';
}

/** `logger.error(error)`, `logger.error({ message: error })`, `logger.error('text', error)`. */
function errorOf(info: Info): Error | undefined {
  const splat = Array.isArray(info[SPLAT]) ? (info[SPLAT] as unknown[]) : [];
  // What a format has taken out of the text of an error must not come back with the error.
  const isShown = (error: Error) =>
    info.stack === error.stack || String(info.message).includes(error.message);
  return [info, info.message].find(isError) ?? splat.filter(isError).find(isShown);
}

function isError(value: unknown): value is Error {
  return value instanceof Error || process.getBuiltinModule('node:util').types.isNativeError(value);
}

/** A format that colours messages does so to that of an error. */
function uncoloured(error: Error): Error {
  const { message, stack } = error;
  if (withoutColour(message) === message) return error;
  return Object.create(error, {
    message: { value: withoutColour(message) },
    stack: { value: withoutColour(stack) },
  });
}

/** winston copies these from an error into the info. */
function dropCopies(fields: Record<PropertyKey, unknown>, error: Error): void {
  for (const name of ['stack', 'cause'] as const) {
    if (fields[name] === error[name]) delete fields[name];
  }
}

/** A name of the application's own counts as the next less important one that we know, else as the next more important. */
function levelOf(name: string, levels: Levels): Level | undefined {
  const known = KNOWN[name];
  const priority = levels[name];
  if (known !== undefined || priority === undefined) return known;
  const others = Object.entries(levels)
    .filter(([other]) => KNOWN[other] !== undefined)
    .sort(([, a], [, b]) => a - b);
  const next = others.find(([, at]) => at > priority) ?? others.at(-1);
  return next && KNOWN[next[0]];
}
