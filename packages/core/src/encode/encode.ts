/**
 * A message becomes one line of JSON, or several when it is too long: what the server would drop, alter or choke on never
 * gets into a line. Pure but for the counter and the clock it is given.
 */

import { errorInText } from '../record/error-in-text.ts';
import type { Fields } from '../record/fields.ts';
import { asJsonObject } from '../record/json-line.ts';
import { createRoles, isOurs, type Roles } from '../record/known-fields.ts';
import { leadingLevel, translateLevel } from '../record/level.ts';
import { type NormalRecord, normalize } from '../record/normalize.ts';
import { LEVELS, type LogInput, type RecordContext } from '../record/record.ts';
import { stringify } from '../record/stringify.ts';
import { constantFields, encodeFields, field } from './encode-fields.ts';
import {
  cutValue,
  cutValues,
  encodeShort,
  fieldBytes,
  limitFields,
  MARKER_BYTES,
  MAX_LINE_BYTES,
  MAX_STREAM_VALUE_BYTES,
  splitText,
} from './limits.ts';
import { Timestamps } from './timestamps.ts';

/** What is the same for all records of a process. */
export interface EncoderSettings {
  /** Index into LEVELS of the lowest level that is encoded; `LEVELS.length` encodes nothing. */
  readonly levelThreshold: number;
  readonly containerName: string;
  readonly job: string;
  /** The server's stream fields. Each stands in a line once at most, whatever was logged. */
  readonly streamFields: readonly string[];
  /** Put on every record; a line's own field of the same name becomes `<name>_extracted`. */
  readonly extraFields: Readonly<Record<string, string>>;
  /** Random, one per process and thread: `shipper.id`. */
  readonly shipperId: string;
}

/** What the encoder asks at every record. */
export interface EncoderSource {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ids of the work in progress. The same object must always hold the same ids. */
  context(): RecordContext | undefined;
}

/** Takes one complete line that ends in a newline, well-formed, at most 256,000 bytes in UTF-8, and its index into LEVELS. */
type Emit = (line: string, level: number) => void;

/** Encodes one message: no line when its level is below the threshold, several when it is too long. Never throws. */
export type Encode = (input: LogInput, emit: Emit) => void;

const INFO = LEVELS.indexOf('INFO');
const ERROR = LEVELS.indexOf('ERROR');
/** A line of fewer UTF-16 units fits whatever they are. */
const MAX_UNITS_UNCOUNTED = Math.floor(MAX_LINE_BYTES / 3);
/** A message keeps at least so much room beside long fields. */
const MIN_MESSAGE_BYTES = 32 * 1024;
/** `_time` and the numbers in `shipper.group`, `shipper.part`, `shipper.parts`, `shipper.seq`, with room to spare. */
const NUMBER_FIELDS_BYTES = 256;
const MAX_LOGGERS_CACHED = 100;
const CONTEXT_NAMES = [
  ...(['aws_request_id', 'trace_id', 'span_id'] as const),
  ...(['tenant_id', 'cold_start', 'function_version'] as const),
];
/** Of a long message every part carries these, so that a query by them finds all. */
const NAMES_ON_EVERY_PART = [...CONTEXT_NAMES, 'logger'];
const NO_FIELDS: ReadonlySet<string> = new Set();
const NO_INPUT: LogInput = { text: '' };
const BLANK = ' ';
/** The counter's name; its number follows. */
const SEQ = ',"shipper.seq":';

/** Makes the encoder of a process. */
export function createEncoder(settings: EncoderSettings, source: EncoderSource): Encode {
  return new Encoder(settings, source).encode;
}

class Encoder {
  readonly #threshold: number;
  readonly #source: EncoderSource;
  readonly #timestamps: Timestamps;
  readonly #roles: Roles;
  /** Constant fields, encoded: `,"container_name":"…","job":"…"`. */
  readonly #constants: string;
  /** Stream fields that lines may fill, because the settings don't. */
  readonly #ownStreamFields: readonly string[];
  /** Level, stream, logger and constants, encoded, by logger and then by level and stream. */
  readonly #tails = new Map<string, string[]>();
  #seq = 0;
  #lastContext: RecordContext | undefined;
  #lastContextFields = '';

  constructor(settings: EncoderSettings, source: EncoderSource) {
    this.#threshold = settings.levelThreshold;
    this.#source = source;
    this.#timestamps = new Timestamps(() => source.now());
    const constants = constantFields(settings);
    this.#constants = [...constants].map(([name, value]) => field(name, value)).join('');
    this.#roles = createRoles([...constants.keys(), 'stream']);
    this.#ownStreamFields = settings.streamFields.filter((name) => !isOurs(this.#roles, name));
  }

  readonly encode: Encode = (given, emit) => {
    const input = isInput(given) ? given : { text: String(given) };
    let lines: string | readonly string[] | undefined;
    let level = ERROR;
    try {
      const text = textOf(input);
      const json = asJsonObject(text);
      if (json === undefined && isPlain(text, input)) {
        level = levelOfPlain(text, input.level);
        if (level < this.#threshold) return;
        lines = this.#encodePlain(text, level, input);
      }
      if (lines === undefined) {
        const record = normalize(text, json, input, this.#roles, this.#timestamps.nowMs());
        level = record.level;
        if (level < this.#threshold) return;
        lines = this.#encodeRecord(record, input);
      }
    } catch (error) {
      if (ERROR < this.#threshold) return;
      level = ERROR;
      lines = this.#encodeFailure(input, error);
    }
    if (typeof lines === 'string') emit(lines, level);
    else for (const line of lines) emit(line, level);
  };

  /** The common case, without a look at what is in the text. Undefined when the line gets too long. */
  #encodePlain(text: string, level: number, input: LogInput): string | undefined {
    const time = this.#timestamps.next();
    const message = JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
    const line = `{"_time":"${time}","_msg":${message}${this.#tail(level, input, true)}${this.#context(NO_FIELDS)}${this.#seq + 1}}\n`;
    if (line.length > MAX_UNITS_UNCOUNTED && Buffer.byteLength(line) > MAX_LINE_BYTES) {
      return undefined;
    }
    this.#seq++;
    return line;
  }

  #encodeRecord(record: NormalRecord, input: LogInput): string | readonly string[] {
    const { fields, level } = record;
    this.#limitStreamFields(fields);
    limitFields(fields);
    const time = (): string =>
      record.time === undefined ? this.#timestamps.next() : this.#timestamps.complete(record.time);
    const ours = this.#tail(level, input, !fields.has('logger'));
    const context = this.#context(fields);
    const line = `{"_time":"${time()}","_msg":${record.message}${encodeFields(fields)}${ours}${context}${this.#seq + 1}}\n`;
    if (line.length <= MAX_UNITS_UNCOUNTED || Buffer.byteLength(line) <= MAX_LINE_BYTES) {
      this.#seq++;
      return line;
    }
    return this.#split(record, ours + context, time);
  }

  /** A long message in parts, long fields cut: `_msg` of all parts in the order of `shipper.part` is the message. */
  #split(record: NormalRecord, ours: string, time: () => string): readonly string[] {
    const { fields, message } = record;
    const room = MAX_LINE_BYTES - Buffer.byteLength(ours) - NUMBER_FIELDS_BYTES;
    const forMessage = Math.min(Buffer.byteLength(message), MIN_MESSAGE_BYTES);
    if (fieldBytes(fields) > room - forMessage) cutValues(fields, room - forMessage - MARKER_BYTES);
    const onFirst = encodeFields(fields);
    const onOthers = [...new Set([...NAMES_ON_EVERY_PART, ...this.#ownStreamFields])]
      .filter((name) => fields.has(name))
      .map((name) => field(name, cutValue(fields.valueOf(name) as string, MAX_STREAM_VALUE_BYTES)))
      .join('');
    const pieces = splitText(
      JSON.parse(message) as string,
      room - Buffer.byteLength(onFirst),
      room - Buffer.byteLength(onOthers),
    );
    const group = this.#seq + 1;
    return pieces.map((piece, at) => {
      const part =
        pieces.length === 1
          ? ''
          : `,"shipper.group":${group},"shipper.part":${at + 1},"shipper.parts":${pieces.length}`;
      const own = at === 0 ? onFirst : onOthers;
      return `{"_time":"${time()}","_msg":${JSON.stringify(piece)}${part}${own}${ours}${++this.#seq}}\n`;
    });
  }

  #limitStreamFields(fields: Fields): void {
    for (const name of this.#ownStreamFields) {
      const at = fields.indexOf(name);
      if (at < 0) continue;
      const value = fields.values[at] as string;
      if (Buffer.byteLength(value) <= MAX_STREAM_VALUE_BYTES) continue;
      fields.rename(at, fields.freeName(name));
      fields.put(name, cutValue(value, MAX_STREAM_VALUE_BYTES));
    }
  }

  /** Level, stream, logger and the constant fields. */
  #tail(level: number, input: LogInput, withLogger: boolean): string {
    const isStderr = input.stream === 'stderr';
    const logger = withLogger ? (input.logger ?? (isStderr ? 'stderr' : 'stdout')) : '';
    let tails = this.#tails.get(logger);
    if (tails === undefined) {
      tails = [];
      if (this.#tails.size < MAX_LOGGERS_CACHED) this.#tails.set(logger, tails);
    }
    const at = level * 2 + (isStderr ? 1 : 0);
    const known = tails[at];
    if (known !== undefined) return known;
    const tail = this.#encodeTail(level, isStderr, logger);
    tails[at] = tail;
    return tail;
  }

  #encodeTail(level: number, isStderr: boolean, logger: string): string {
    const name =
      logger === '' || isOurs(this.#roles, 'logger')
        ? ''
        : field('logger', encodeShort(String(logger), MAX_STREAM_VALUE_BYTES));
    const stream = isStderr ? 'stderr' : 'stdout';
    return `,"level":"${LEVELS[level]}","stream":"${stream}"${name}${this.#constants}`;
  }

  /** Ids of the work in progress that the line does not bring itself, and the name of the counter. */
  #context(fields: { has(name: string): boolean }): string {
    let context: RecordContext | undefined;
    try {
      context = this.#source.context();
    } catch {
      // Whoever provides the ids may fail; the line must not.
    }
    if (context === undefined || context === null) return SEQ;
    if (CONTEXT_NAMES.some((name) => fields.has(name))) return this.#encodeContext(context, fields);
    if (context !== this.#lastContext) {
      this.#lastContextFields = this.#encodeContext(context, fields);
      this.#lastContext = context;
    }
    return this.#lastContextFields;
  }

  #encodeContext(context: RecordContext, fields: { has(name: string): boolean }): string {
    let encoded = '';
    for (const name of CONTEXT_NAMES) {
      const value = context[name];
      if (value === undefined || value === '' || fields.has(name) || isOurs(this.#roles, name)) {
        continue;
      }
      const isYesOrNo = typeof value === 'boolean';
      const json = isYesOrNo ? String(value) : encodeShort(String(value), MAX_STREAM_VALUE_BYTES);
      encoded += field(name, json);
    }
    return encoded + SEQ;
  }

  /** What could not be encoded is still a record, and says so. */
  #encodeFailure(input: LogInput, error: unknown): string {
    const text = describe(() => textOf(input)).slice(0, MIN_MESSAGE_BYTES);
    const message = encodeShort(text === '' ? BLANK : text, MIN_MESSAGE_BYTES);
    const reason = encodeShort(
      describe(() => String(error)),
      MAX_STREAM_VALUE_BYTES,
    );
    const tail = this.#tail(ERROR, NO_INPUT, true);
    return `{"_time":"${this.#timestamps.next()}","_msg":${message},"shipper.encode_error":${reason}${tail}${SEQ}${++this.#seq}}\n`;
  }
}

/** Types don't bind programs written in JavaScript. */
function isInput(given: unknown): given is LogInput {
  return typeof given === 'object' && given !== null;
}

function textOf(input: LogInput): string {
  const text: unknown = input.text;
  if (typeof text === 'string') return text;
  if (text instanceof Uint8Array) return Buffer.from(text).toString();
  return text === undefined ? '' : (stringify(text) ?? String(text));
}

/** Whether there is nothing beside a text that is not JSON. */
function isPlain(text: string, input: LogInput): boolean {
  return (
    text !== '' &&
    input.fields === undefined &&
    input.error === undefined &&
    input.timeMs === undefined &&
    errorInText(text) === undefined
  );
}

function levelOfPlain(text: string, given: unknown): number {
  if (given !== undefined) {
    const at = (LEVELS as readonly unknown[]).indexOf(given);
    if (at >= 0) return at;
    const translated = translateLevel(given);
    if (translated !== undefined) return translated.level;
  }
  const leading = leadingLevel(text);
  return leading < 0 ? INFO : leading;
}

function describe(attempt: () => string): string {
  try {
    return attempt();
  } catch {
    return 'unreadable';
  }
}
