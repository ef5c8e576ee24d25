/** Reads what a pino logger keeps under its own symbols. */
import { isStandardStream, type LoggerKeys } from '@direct-logging/core';
import { type Keys, type LineFacts, shapeFrom } from './from-line.ts';
import { levelOf, type PinoLevels } from './levels.ts';

/** A pino logger, from any copy of pino. */
export type PinoLogger = Readonly<Record<PropertyKey, unknown>>;

const DESCRIPTIONS = {
  stream: 'pino.stream',
  bindings: 'pino.chindings',
  messageKey: 'pino.messageKey',
  errorKey: 'pino.errorKey',
  nestedKey: 'pino.nestedKey',
} as const;

type Symbols = Readonly<Record<keyof typeof DESCRIPTIONS, symbol>>;

/** Used for a symbol that a copy of pino does not have. */
const MISSING = Symbol('missing');
/** One set for each copy of pino in the process, the newest first. */
const known: Symbols[] = [];
/** A test runner loads a copy for each file of tests. */
const MAX_COPIES = 8;
/** Most lines come from loggers with the same settings as the one before. */
const lastName: { bindings: string; name: string | undefined } = { bindings: '', name: undefined };
let lastKeys: Keys = {};
let lastShape: LoggerKeys = shapeFrom(lastKeys);
/** Most lines come from the logger and have the level of the one before. Its bindings can be changed; nothing else of these. */
let last:
  | { logger: PinoLogger; level: number | undefined; bindings: unknown; facts: LineFacts }
  | undefined;

/**
 * What the logger knows about a line that it makes. If we do not understand the logger, there is no name and no shape.
 * @param level pino's number.
 */
export function factsOf(logger: PinoLogger, level: number | undefined): LineFacts {
  try {
    const symbols = symbolsOf(logger);
    const bindings = symbols && logger[symbols.bindings];
    if (last?.logger === logger && last.level === level && last.bindings === bindings) {
      return last.facts;
    }
    const facts = {
      name: nameFrom(bindings),
      level: level === undefined ? undefined : levelOf(level, levelsOf(logger)),
      shape: symbols && shapeOf(logger, symbols),
    };
    last = { logger, level, bindings, facts };
    return facts;
  } catch {
    return {};
  }
}

/** One of the streams of `pino.multistream`. It takes lines of this level and above. */
interface Part {
  readonly stream: { readonly fd?: unknown };
  readonly level: number;
}

/**
 * Whether a line that is being written to one of several streams will be printed by another one of them. pino writes to
 * them in the order of their levels. With `dedupe`, it writes only to those with the highest level that takes the line.
 */
export function mayPrintInstead(logger: PinoLogger, stream: object, level = 0): boolean {
  const symbols = symbolsOf(logger);
  const several = symbols && (logger[symbols.stream] as { streams?: readonly Part[] });
  if (several === undefined || several === stream || !Array.isArray(several.streams)) return false;
  const parts: readonly Part[] = several.streams;
  const from = parts.find((part) => part.stream === stream)?.level ?? level;
  return parts.some(
    (part) => part.level >= from && part.level <= level && isStandardStream(part.stream),
  );
}

/** The name that was given to the logger, or to one of its parents. */
function nameFrom(bindings: unknown): string | undefined {
  if (typeof bindings !== 'string') return undefined;
  if (bindings !== lastName.bindings) {
    lastName.name = bindings.includes('"name":') ? readName(bindings) : undefined;
    lastName.bindings = bindings;
  }
  return lastName.name;
}

function levelsOf(logger: PinoLogger): PinoLevels | undefined {
  const levels = logger.levels as PinoLevels | undefined;
  return typeof levels?.values === 'object' && levels.values !== null ? levels : undefined;
}

function shapeOf(logger: PinoLogger, symbols: Symbols): LoggerKeys {
  const messageKey = logger[symbols.messageKey];
  const errorKey = logger[symbols.errorKey];
  const nestedKey = logger[symbols.nestedKey];
  const isSame =
    messageKey === lastKeys.messageKey &&
    errorKey === lastKeys.errorKey &&
    nestedKey === lastKeys.nestedKey;
  if (!isSame) {
    lastKeys = { messageKey, errorKey, nestedKey };
    lastShape = shapeFrom(lastKeys);
  }
  return lastShape;
}

function symbolsOf(logger: PinoLogger): Symbols | undefined {
  for (const symbols of known) if (symbols.stream in logger) return symbols;
  const found = Object.entries(DESCRIPTIONS).map(([name, description]) => [
    name,
    find(logger, description),
  ]);
  const symbols = Object.fromEntries(found) as Symbols;
  if (symbols.stream === MISSING || symbols.bindings === MISSING) return undefined;
  known.unshift(symbols);
  known.splice(MAX_COPIES);
  return symbols;
}

/** Searches the prototypes, too: a child logger inherits the symbols from its parent. */
function find(logger: PinoLogger, description: string): symbol {
  for (let at: object | null = logger; at !== null; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertySymbols(at).find(
      (symbol) => symbol.description === description,
    );
    if (found !== undefined) return found;
  }
  return MISSING;
}

/** The bindings are a part of the line: `,"pid":1,"hostname":"h","name":"app"`. */
function readName(bindings: string): string | undefined {
  try {
    const { name } = JSON.parse(`{${bindings.slice(1)}}`) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}
