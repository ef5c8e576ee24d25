/** What a line has beside its own fields: level, stream, logger, constants from the settings, ids of the current work. */
import { isOurs, type OurNames, ourNames } from '../record/our-names.ts';
import { LEVELS, type LogInput, type RecordContext } from '../record/record.ts';
import { encodeShort, field } from './encode-fields.ts';
import { isLongName } from './limits.ts';
import type { LineBytes } from './line-bytes.ts';

/** The names of a line's own fields. */
export interface Names {
  has(name: string): boolean;
}

/** Ids of the current work. A line's own ids win over them. */
export const CONTEXT_NAMES: ReadonlyArray<keyof RecordContext> = [
  ...(['aws_request_id', 'trace_id', 'span_id'] as const),
  ...(['tenant_id', 'cold_start', 'function_version'] as const),
  ...(['durable_execution_arn', 'durable_resumed'] as const),
];
/** For a line with none of the names that matter here. */
export const NO_NAMES: Names = new Set<string>();

const MAX_EXTRA_FIELDS_BYTES = 32 * 1024;
const MAX_LOGGERS_CACHED = 100;
/** The counter's name; its number follows. */
const SEQ = ',"shipper.seq":';

/** The settings that become fields of every record. */
export interface ConstantSettings {
  readonly containerName: string;
  readonly job: string;
  readonly shipperId: string;
  readonly extraFields: Readonly<Record<string, string>>;
}

export interface ContextSource {
  /** The same object must always hold the same ids. */
  context(): RecordContext | undefined;
}

/** Names and JSON texts of the fields on every record. Leaves out extra fields that are reserved, too long or too many. */
export function constantFields(settings: ConstantSettings): Map<string, string> {
  const fields = new Map([
    ['container_name', encodeShort(settings.containerName)],
    ['job', encodeShort(settings.job)],
    ['shipper.id', encodeShort(settings.shipperId)],
  ]);
  const taken = ourNames(fields.keys());
  let bytes = 0;
  for (const [name, value] of Object.entries(settings.extraFields)) {
    if (isOurs(taken, name) || isLongName(name)) continue;
    const json = encodeShort(String(value));
    bytes += Buffer.byteLength(field(name, json));
    if (bytes <= MAX_EXTRA_FIELDS_BYTES) fields.set(name, json);
  }
  return fields;
}

/** Makes the end of each line, up to the number of the record. */
export class CommonFields {
  readonly #ours: OurNames;
  /** Constant fields, encoded: `,"container_name":"…","job":"…"`. */
  readonly #constants: string;
  readonly #source: ContextSource;
  /** Level, stream, logger, constants and the counter's name, encoded, by level and stream and then by logger. */
  readonly #tails = [...LEVELS, ...LEVELS].map(() => new Map<string, Buffer>());
  #lastContext: RecordContext | undefined;
  #lastIds = '';

  constructor(ours: OurNames, constants: ReadonlyMap<string, string>, source: ContextSource) {
    this.#ours = ours;
    this.#constants = [...constants].map(([name, value]) => field(name, value)).join('');
    this.#source = source;
  }

  /** Asks for the ids once. `names`: the line's own names. The text ends after the name of the counter. */
  encode(level: number, input: LogInput, names: Names): string {
    return this.#ids(names) + this.#tail(level, input, names).toString();
  }

  addTo(line: LineBytes, level: number, input: LogInput, names: Names): void {
    const ids = this.#ids(names);
    if (ids !== '') line.add(ids);
    line.addBytes(this.#tail(level, input, names));
  }

  #tail(level: number, input: LogInput, names: Names): Buffer {
    const withLogger = names === NO_NAMES || !names.has('logger');
    const isStderr = input.stream === 'stderr';
    const logger = withLogger ? (input.logger ?? (isStderr ? 'stderr' : 'stdout')) : '';
    const tails = this.#tails[level * 2 + (isStderr ? 1 : 0)] as Map<string, Buffer>;
    let tail = tails.get(logger);
    if (tail === undefined) {
      tail = Buffer.from(this.#encodeTail(level, isStderr, logger));
      if (tails.size < MAX_LOGGERS_CACHED) tails.set(logger, tail);
    }
    return tail;
  }

  #encodeTail(level: number, isStderr: boolean, logger: string): string {
    const name =
      logger === '' || isOurs(this.#ours, 'logger')
        ? ''
        : field('logger', encodeShort(String(logger)));
    const stream = isStderr ? 'stderr' : 'stdout';
    return `,"level":"${LEVELS[level]}","stream":"${stream}"${name}${this.#constants}${SEQ}`;
  }

  #ids(names: Names): string {
    let context: RecordContext | undefined;
    try {
      context = this.#source.context() ?? undefined;
    } catch {
      // The provider of the ids can fail. The line must not.
    }
    if (context === undefined) return '';
    const hasOwn = names !== NO_NAMES && CONTEXT_NAMES.some((name) => names.has(name));
    if (hasOwn) return this.#encodeIds(context, names);
    if (context !== this.#lastContext) {
      this.#lastIds = this.#encodeIds(context, names);
      this.#lastContext = context;
    }
    return this.#lastIds;
  }

  #encodeIds(context: RecordContext, names: Names): string {
    let encoded = '';
    for (const name of CONTEXT_NAMES) {
      const value = context[name];
      if (value === undefined || value === '' || names.has(name) || isOurs(this.#ours, name)) {
        continue;
      }
      const isFlag = typeof value === 'boolean';
      encoded += field(name, isFlag ? `${value}` : encodeShort(`${value}`));
    }
    return encoded;
  }
}
