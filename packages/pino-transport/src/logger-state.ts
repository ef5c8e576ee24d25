/** Reads from a pino logger what it keeps behind symbols of its own. */

/** A pino logger, of whatever copy of pino. */
export type PinoLogger = Readonly<Record<PropertyKey, unknown>>;

interface Symbols {
  readonly stream: symbol;
  readonly bindings: symbol;
}

const HOOKS = Symbol.for('pino.hooks');
/** One pair for each copy of pino in the process. */
const known: Symbols[] = [];
const lastName: { bindings: string; name: string | undefined } = { bindings: '', name: undefined };

/** Where the logger writes to; undefined when it is no logger that we understand. */
export function destinationOf(logger: PinoLogger): unknown {
  const symbols = symbolsOf(logger);
  return symbols && logger[symbols.stream];
}

/** The name that the logger was given, or one of its parents. */
export function nameOf(logger: PinoLogger): string | undefined {
  const symbols = symbolsOf(logger);
  const bindings = symbols && logger[symbols.bindings];
  if (typeof bindings !== 'string' || !bindings.includes('"name":')) return undefined;
  if (bindings !== lastName.bindings) {
    lastName.name = readName(bindings);
    lastName.bindings = bindings;
  }
  return lastName.name;
}

/** Whether what is written may differ from the line that pino made: secrets can be taken out there. */
export function rewritesLines(logger: PinoLogger): boolean {
  return (logger[HOOKS] as { streamWrite?: unknown } | undefined)?.streamWrite !== undefined;
}

function symbolsOf(logger: PinoLogger): Symbols | undefined {
  for (const symbols of known) if (symbols.stream in logger) return symbols;
  const stream = find(logger, 'pino.stream');
  const bindings = find(logger, 'pino.chindings');
  if (stream === undefined || bindings === undefined) return undefined;
  const symbols = { stream, bindings };
  known.push(symbols);
  return symbols;
}

/** A child logger inherits them from its parent. */
function find(logger: PinoLogger, description: string): symbol | undefined {
  for (let at: object | null = logger; at !== null; at = Object.getPrototypeOf(at)) {
    const found = Object.getOwnPropertySymbols(at).find(
      (symbol) => symbol.description === description,
    );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Bindings stand in the line as they are: `,"pid":1,"hostname":"h","name":"app"`. */
function readName(bindings: string): string | undefined {
  try {
    const { name } = JSON.parse(`{${bindings.slice(1)}}`) as { name?: unknown };
    return typeof name === 'string' && name !== '' ? name : undefined;
  } catch {
    return undefined;
  }
}
