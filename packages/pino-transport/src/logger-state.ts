/** Reads what a pino logger keeps under its own symbols. */
import { isStandardStream, parseJson } from '@direct-logging/core';
import { keysFrom, type LineFacts } from './from-line.ts';
import { levelOf, type PinoLevels } from './levels.ts';

/** A pino logger, from any copy of pino. */
export type PinoLogger = Readonly<Record<PropertyKey, unknown>>;

/** pino tells streams with this property which logger writes to them, and at which level. */
export const METADATA: unique symbol = Symbol.for('pino.metadata');

/** Of symbols, whose descriptions begin with `pino.`. */
const NAMES = ['stream', 'chindings', 'messageKey', 'errorKey', 'nestedKey'] as const;
type Symbols = Readonly<Record<(typeof NAMES)[number], symbol>>;

/** Used for a symbol that a copy of pino does not have. */
const MISSING = Symbol('missing');
/** One set for each copy of pino in the process, the newest first. */
const known: Symbols[] = [];
/** A test runner loads a copy for each file of tests. */
const MAX_COPIES = 8;

/** What is known of a logger's last line. Its bindings can be changed; nothing else of these. */
interface Remembered {
  readonly level: number | undefined;
  readonly bindings: unknown;
  readonly facts: LineFacts;
}

/** Weak, since a logger may belong to a test that is over. */
const remembered = new WeakMap<PinoLogger, Remembered>();

/**
 * What the logger knows about a line that it makes. If we do not understand the logger, there is no name and there are no keys.
 * @param level pino's number.
 */
export function factsOf(logger: PinoLogger, level: number | undefined): LineFacts {
  try {
    const symbols = symbolsOf(logger);
    const bindings = symbols && logger[symbols.chindings];
    const before = remembered.get(logger);
    if (before !== undefined && before.level === level && before.bindings === bindings) {
      return before.facts;
    }
    const facts = {
      name: nameFrom(bindings),
      level: level === undefined ? undefined : levelOf(level, levelsOf(logger)),
      keys:
        symbols &&
        keysFrom({
          messageKey: logger[symbols.messageKey],
          errorKey: logger[symbols.errorKey],
          nestedKey: logger[symbols.nestedKey],
        }),
    };
    remembered.set(logger, { level, bindings, facts });
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

/** The name that was given to the logger, or to one of its parents. The bindings are a part of the line: `,"pid":1,"name":"app"`. */
function nameFrom(bindings: unknown): string | undefined {
  if (typeof bindings !== 'string' || !bindings.includes('"name":')) return undefined;
  const read = parseJson(`{${bindings.slice(1)}}`) as { readonly name?: unknown } | undefined;
  return typeof read?.name === 'string' && read.name !== '' ? read.name : undefined;
}

function levelsOf(logger: PinoLogger): PinoLevels | undefined {
  const levels = logger.levels as PinoLevels | undefined;
  return typeof levels?.values === 'object' && levels.values !== null ? levels : undefined;
}

function symbolsOf(logger: PinoLogger): Symbols | undefined {
  for (const symbols of known) if (symbols.stream in logger) return symbols;
  const found = NAMES.map((name) => [name, find(logger, `pino.${name}`)]);
  const symbols = Object.fromEntries(found) as Symbols;
  if (symbols.stream === MISSING || symbols.chindings === MISSING) return undefined;
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
