/**
 * A message becomes one line of JSON, or several when it is too long: what the server would drop, alter or choke on never
 * gets into a line. Pure but for the counter and the clock it is given.
 */

import { errorInText } from '../record/error-in-text.ts';
import type { Fields } from '../record/fields.ts';
import { asJsonObject } from '../record/json-line.ts';
import { createKnownFields, isOurs, type KnownFields } from '../record/known-fields.ts';
import { leadingLevel, translateLevel } from '../record/level.ts';
import type { Mask } from '../record/mask.ts';
import { type NormalRecord, normalize } from '../record/normalize.ts';
import { LEVELS, type LogInput } from '../record/record.ts';
import { stringify } from '../record/stringify.ts';
import { withoutStack } from '../record/without-stack.ts';
import { CommonFields, type ContextSource, NO_NAMES } from './common-fields.ts';
import { constantFields, encodeFields } from './encode-fields.ts';
import { KnownShapes } from './known-shapes.ts';
import {
  cutValue,
  encodeShort,
  limitFields,
  MAX_LINE_BYTES,
  MAX_STREAM_VALUE_BYTES,
} from './limits.ts';
import { learnShape } from './line-shape.ts';
import { Counter } from './numbers.ts';
import { MIN_MESSAGE_BYTES, splitRecord } from './split.ts';
import { type TimeSource, Timestamps } from './timestamps.ts';

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
  /** False: the frames that `error.stack` has are left out of the message. Default: true. */
  readonly stackInMessage?: boolean | undefined;
  /** Masks what was logged before anything is made of it. Default: nothing is masked. */
  readonly redact?: Mask | undefined;
}

/** What the encoder asks at every record. */
export interface EncoderSource extends TimeSource, ContextSource {}

/** Takes one complete line that ends in a newline, well-formed, at most 256,000 bytes in UTF-8, and its index into LEVELS. */
type Emit = (line: string, level: number) => void;

/** Encodes one message: no line when its level is below the threshold, several when it is too long. Never throws. */
export type Encode = (input: LogInput, emit: Emit) => void;

const INFO = LEVELS.indexOf('INFO');
const ERROR = LEVELS.indexOf('ERROR');
/** A line of fewer UTF-16 units fits whatever they are. */
const MAX_UNITS_UNCOUNTED = Math.floor(MAX_LINE_BYTES / 3);
/** What stands around the parts of a line, the time and the number of the record. */
const UNITS_AROUND = 100;
const NO_LINES: readonly string[] = [];
const NO_INPUT: LogInput = { text: '' };
const BLANK = ' ';
const OPEN_OBJECT = 0x7b;

/** Makes the encoder of a process. */
export function createEncoder(settings: EncoderSettings, source: EncoderSource): Encode {
  const { encode } = new Encoder(settings, source);
  const { redact: mask } = settings;
  return mask === undefined ? encode : (given, emit) => encode(mask.input(readable(given)), emit);
}

class Encoder {
  readonly #threshold: number;
  readonly #timestamps: Timestamps;
  readonly #known: KnownFields;
  readonly #common: CommonFields;
  /** Stream fields that lines may fill, because the settings don't. */
  readonly #ownStreamFields: readonly string[];
  readonly #hasStacks: boolean;
  #knownShapes: KnownShapes | undefined;
  readonly #seq = new Counter();
  /** Level of the record at hand. */
  #level = ERROR;

  constructor(settings: EncoderSettings, source: EncoderSource) {
    this.#threshold = settings.levelThreshold;
    this.#timestamps = new Timestamps(source);
    const constants = constantFields(settings);
    this.#known = createKnownFields([...constants.keys(), 'stream']);
    this.#common = new CommonFields(this.#known, constants, source);
    this.#ownStreamFields = settings.streamFields.filter((name) => !isOurs(this.#known, name));
    this.#hasStacks = settings.stackInMessage ?? true;
  }

  /** Made for the first line of JSON: a program that prints text alone does not load them. */
  get #shapes(): KnownShapes {
    this.#knownShapes ??= new KnownShapes();
    return this.#knownShapes;
  }

  readonly encode: Encode = (given, emit) => {
    const input = asInput(given);
    const before = this.#seq.last;
    let lines: string | readonly string[];
    try {
      const { text } = input;
      lines = this.#encode(typeof text === 'string' ? text : textOf(input), input);
    } catch (error) {
      this.#seq.last = before;
      this.#level = ERROR;
      lines = ERROR < this.#threshold ? NO_LINES : this.#encodeFailure(input, error);
    }
    try {
      if (typeof lines === 'string') emit(lines, this.#level);
      else for (const line of lines) emit(line, this.#level);
    } catch (error) {
      // The stack is at its end, and the record comes again. A number without a line would look like a lost line.
      this.#seq.last = before;
      throw error;
    }
  };

  /** By the short ways if that is possible, else by the general one, which decides what is right. */
  #encode(text: string, input: LogInput): string | readonly string[] {
    const isAlone = hasTextAlone(input) && text.length < MAX_UNITS_UNCOUNTED;
    if (isAlone && text !== '' && text.charCodeAt(0) === OPEN_OBJECT) {
      const lines = this.#encodeShaped(text, input);
      if (lines !== undefined) return lines;
    }
    const json = asJsonObject(text);
    const isText = json === undefined && text !== '' && errorInText(text) === undefined;
    const lines = isAlone && isText ? this.#encodeText(text, input) : undefined;
    return lines ?? this.#encodeAny(text, json, input);
  }

  /** A line of JSON of a known shape. Undefined when it is none, or is too long. */
  #encodeShaped(text: string, input: LogInput): string | readonly string[] | undefined {
    const nowMs = this.#timestamps.nowMs();
    const line = this.#shapes.find(text, input, nowMs);
    if (line === undefined) return undefined;
    this.#level = line.level;
    if (line.level < this.#threshold) return NO_LINES;
    const body = this.#shapes.encode(text, line.shape);
    const common = this.#common.encode(line.level, input, line.shape.names);
    if (body.length + common.length + UNITS_AROUND > MAX_UNITS_UNCOUNTED) return undefined;
    const { time } = line;
    const own = time === undefined ? this.#timestamps.next(nowMs) : this.#timestamps.complete(time);
    return `{"_time":"${own}${body}${common}${this.#seq.next()}}\n`;
  }

  /** A text with nothing beside it. Undefined when the line gets too long. */
  #encodeText(text: string, input: LogInput): string | readonly string[] | undefined {
    this.#level = levelOfText(text, input.level);
    if (this.#level < this.#threshold) return NO_LINES;
    const message = JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
    const common = this.#common.encode(this.#level, input, NO_NAMES);
    if (message.length + common.length + UNITS_AROUND > MAX_UNITS_UNCOUNTED) return undefined;
    const time = this.#timestamps.next();
    return `{"_time":"${time}","_msg":${message}${common}${this.#seq.next()}}\n`;
  }

  #encodeAny(text: string, json: string | undefined, input: LogInput): string | readonly string[] {
    const nowMs = this.#timestamps.nowMs();
    const record = normalize(text, json, input, this.#known, nowMs);
    if (json !== undefined && json === text && hasTextAlone(input)) {
      this.#learn(json, input, record, nowMs);
    }
    this.#level = record.level;
    if (record.level < this.#threshold) return NO_LINES;
    return this.#encodeRecord(this.#hasStacks ? record : withoutStack(record), input, nowMs);
  }

  #learn(json: string, input: LogInput, record: NormalRecord, nowMs: number): void {
    if (json.length > MAX_UNITS_UNCOUNTED || !this.#shapes.wantsToLearn) return;
    const rules = { known: this.#known, ownStreamFields: this.#ownStreamFields };
    const learned = learnShape(json, input, record, rules, nowMs);
    if (learned !== undefined) this.#shapes.add(json, input, learned);
  }

  #encodeRecord(record: NormalRecord, input: LogInput, nowMs: number): string | readonly string[] {
    const { fields, level, message } = record;
    this.#limitStreamFields(fields);
    limitFields(fields);
    const common = this.#common.encode(level, input, fields);
    const time = (): string =>
      record.time === undefined
        ? this.#timestamps.next(nowMs)
        : this.#timestamps.complete(record.time);
    const line = `{"_time":"${time()}","_msg":${message}${encodeFields(fields)}${common}${this.#seq.last + 1}}\n`;
    if (line.length <= MAX_UNITS_UNCOUNTED || Buffer.byteLength(line) <= MAX_LINE_BYTES) {
      this.#seq.next();
      return line;
    }
    const bytes = Buffer.byteLength(common);
    return splitRecord(message, fields, bytes, this.#ownStreamFields, this.#seq.last + 1).map(
      (part) => `{"_time":"${time()}","_msg":${part}${common}${this.#seq.next()}}\n`,
    );
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

  /** What could not be encoded is still a record, and says so. */
  #encodeFailure(input: LogInput, error: unknown): string {
    const text = describe(() => textOf(input)).slice(0, MIN_MESSAGE_BYTES);
    const message = encodeShort(text === '' ? BLANK : text, MIN_MESSAGE_BYTES);
    const reason = encodeShort(
      describe(() => String(error)),
      MAX_STREAM_VALUE_BYTES,
    );
    const common = this.#common.encode(ERROR, NO_INPUT, NO_NAMES);
    return `{"_time":"${this.#timestamps.next()}","_msg":${message},"shipper.encode_error":${reason}${common}${this.#seq.next()}}\n`;
  }
}

function textOf(input: LogInput): string {
  const text: unknown = input.text;
  if (typeof text === 'string') return text;
  if (text instanceof Uint8Array) return Buffer.from(text).toString();
  return text === undefined ? '' : (stringify(text) ?? String(text));
}

/** Types don't bind programs written in JavaScript. */
function asInput(given: LogInput): LogInput {
  return typeof given === 'object' && given !== null ? given : { text: String(given) };
}

/** The same with a text that is one. */
function readable(given: LogInput): LogInput {
  const input = asInput(given);
  return typeof input.text === 'string' ? input : { ...input, text: textOf(input) };
}

function hasTextAlone({ fields, error, timeMs }: LogInput): boolean {
  return fields === undefined && error === undefined && timeMs === undefined;
}

function levelOfText(text: string, given: unknown): number {
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
