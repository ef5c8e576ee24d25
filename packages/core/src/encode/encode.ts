/**
 * Turns a message into one line of JSON, or into several if it is too long. Nothing that the server would drop, alter or choke
 * on gets into a line. Pure, except for the counter and the clock that it is given.
 */

import { errorInText } from '../record/error-in-text.ts';
import type { Fields } from '../record/fields.ts';
import { translateLevel } from '../record/level.ts';
import { asJsonObject, type NormalRecord, normalize } from '../record/normalize.ts';
import { isOurs, type OurNames, ourNames } from '../record/our-names.ts';
import type { TimeWindow } from '../record/own-time.ts';
import { LEVELS, type LogInput } from '../record/record.ts';
import type { Redaction } from '../record/redact.ts';
import { DEFAULT_RETENTION_MS } from '../record/retention.ts';
import { stringify } from '../record/stringify.ts';
import { leadingLevel } from '../record/text-level.ts';
import { withoutStack } from '../record/without-stack.ts';
import { CommonFields, type ContextSource, constantFields, NO_NAMES } from './common-fields.ts';
import { encodeFields } from './encode-fields.ts';
import { encodeShort } from './encode-short.ts';
import { KnownShapes } from './known-shapes.ts';
import { isWithinLimits, MAX_LINE_BYTES, MAX_STREAM_VALUE_BYTES } from './limits.ts';
import { learnShape } from './line-shape.ts';
import { Counter } from './numbers.ts';
import { cutValue, limitFields } from './shorten.ts';
import { MIN_MESSAGE_BYTES, splitRecord } from './split.ts';
import { type TimeSource, Timestamps } from './timestamps.ts';

/** What is the same for all records of an encoder. */
export interface EncoderSettings {
  /** Index into LEVELS of the lowest level that is encoded; `LEVELS.length` encodes nothing. */
  readonly levelThreshold: number;
  readonly containerName: string;
  readonly job: string;
  /** The server's stream fields. Each occurs at most once in a line, whatever was logged. */
  readonly streamFields: readonly string[];
  /** Fields for every record. A line's own field of the same name becomes `<name>_extracted`. */
  readonly extraFields: Readonly<Record<string, string>>;
  /** Random, one per transport: the field `shipper.id`. */
  readonly shipperId: string;
  /** False: frames that are in `error.stack` are left out of the message. Default: true. */
  readonly stackInMessage?: boolean | undefined;
  /** How long the server keeps records, in milliseconds: an older time of a line's own is not its `_time`. Default: 7 days. */
  readonly retentionMs?: number | undefined;
  /** Redacts what was logged, before anything else is done with it. Default: nothing is redacted. */
  readonly redact?: Redaction | undefined;
}

/** What the encoder asks for each record. */
export interface EncoderSource extends TimeSource, ContextSource {}

/** Takes one complete, well-formed line with its newline, at most 256,000 bytes in UTF-8, and its index into LEVELS. */
type Emit = (line: string, level: number) => void;

/** Encodes a message: no line below the threshold, several if too long. Throws only if the stack is full or `emit` throws. */
export type Encode = (input: LogInput, emit: Emit) => void;

const INFO = LEVELS.indexOf('INFO');
const ERROR = LEVELS.indexOf('ERROR');
/** A line of at most this many UTF-16 units always fits. */
const MAX_UNITS_UNCOUNTED = Math.floor(MAX_LINE_BYTES / 3);
/** Room for what surrounds the parts of a line, for the time, and for the number of the record. */
const UNITS_AROUND = 100;
const NO_LINES: readonly string[] = [];
const NO_INPUT: LogInput = { text: '' };
const BLANK = ' ';
const SPACE = 0x20;
const OPEN_OBJECT = 0x7b;

/** Makes an encoder. */
export function createEncoder(settings: EncoderSettings, source: EncoderSource): Encode {
  const { encode } = new Encoder(settings, source);
  const { redact } = settings;
  if (redact === undefined) return encode;
  return (given, emit) => encode(redact.input(readable(given)), emit);
}

class Encoder {
  readonly #threshold: number;
  readonly #timestamps: Timestamps;
  readonly #ours: OurNames;
  readonly #common: CommonFields;
  /** Stream fields that lines may fill, because the settings don't. */
  readonly #ownStreamFields: readonly string[];
  readonly #hasStacks: boolean;
  readonly #window: TimeWindow;
  #knownShapes: KnownShapes | undefined;
  readonly #seq = new Counter();
  /** Level of the current record. */
  #level = ERROR;

  constructor(settings: EncoderSettings, source: EncoderSource) {
    this.#threshold = settings.levelThreshold;
    this.#timestamps = new Timestamps(source);
    const constants = constantFields(settings);
    this.#ours = ourNames(constants.keys());
    this.#common = new CommonFields(this.#ours, constants, source);
    this.#ownStreamFields = settings.streamFields.filter((name) => !isOurs(this.#ours, name));
    this.#hasStacks = settings.stackInMessage ?? true;
    this.#window = { nowMs: 0, retentionMs: settings.retentionMs ?? DEFAULT_RETENTION_MS };
  }

  /** Made for the first line of JSON: a program that prints only text does not load them. */
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
      // The stack is full, and the record will come again. A number without a line would look like a lost line.
      this.#seq.last = before;
      throw error;
    }
  };

  /** Takes a short way if possible, else the general way, which defines what is right. */
  #encode(text: string, input: LogInput): string | readonly string[] {
    const isAlone = hasTextAlone(input) && text.length < MAX_UNITS_UNCOUNTED;
    const first = text === '' ? -1 : text.charCodeAt(0);
    if (isAlone && first === OPEN_OBJECT) {
      const lines = this.#encodeShaped(text, input);
      if (lines !== undefined) return lines;
    }
    // Most texts cannot be JSON, by their first character, and have one line, so no frames of an error.
    const mayBeJson = (first <= SPACE || first === OPEN_OBJECT) && text.includes('}');
    const json = mayBeJson ? asJsonObject(text) : undefined;
    const showsError = text.includes('\n') && errorInText(text) !== undefined;
    const isText = json === undefined && text !== '' && !showsError;
    const lines = isAlone && isText ? this.#encodeText(text, input) : undefined;
    return lines ?? this.#encodeAny(text, json, input);
  }

  #now(): TimeWindow {
    this.#window.nowMs = this.#timestamps.nowMs();
    return this.#window;
  }

  /** Encodes a line of JSON with a known shape. Undefined if the shape is unknown, or the line too long. */
  #encodeShaped(text: string, input: LogInput): string | readonly string[] | undefined {
    const window = this.#now();
    const shapes = this.#shapes;
    const line = shapes.find(text, input, window);
    if (line === undefined) return undefined;
    this.#level = line.level;
    if (line.level < this.#threshold) return NO_LINES;
    const body = shapes.encode(text, line.shape);
    const common = this.#common.encode(line.level, input, line.shape.names);
    if (body.length + common.length + UNITS_AROUND > MAX_UNITS_UNCOUNTED) return undefined;
    const { time } = line;
    const own =
      time === undefined ? this.#timestamps.next(window.nowMs) : this.#timestamps.complete(time);
    return `{"_time":"${own}${body}${common}${this.#seq.next()}}\n`;
  }

  /** Encodes a text without fields, error or time. Undefined if the line is too long. */
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
    const window = this.#now();
    const record = normalize(text, json, input, this.#ours, window);
    if (json !== undefined && json === text && hasTextAlone(input)) {
      this.#learn(json, input, record, window);
    }
    this.#level = record.level;
    if (record.level < this.#threshold) return NO_LINES;
    return this.#encodeRecord(this.#hasStacks ? record : withoutStack(record), input, window.nowMs);
  }

  #learn(json: string, input: LogInput, record: NormalRecord, window: TimeWindow): void {
    if (json.length > MAX_UNITS_UNCOUNTED || !this.#shapes.wantsToLearn) return;
    const learned = learnShape(json, input, record, this.#ownStreamFields, window);
    if (learned !== undefined) this.#shapes.add(json, input, learned);
  }

  #encodeRecord(record: NormalRecord, input: LogInput, nowMs: number): string | readonly string[] {
    const { fields, level, message } = record;
    this.#limitStreamFields(fields);
    if (!isWithinLimits(fields)) limitFields(fields);
    const common = this.#common.encode(level, input, fields);
    const time = (): string =>
      record.time === undefined
        ? this.#timestamps.next(nowMs)
        : this.#timestamps.complete(record.time);
    const line = `{"_time":"${time()}","_msg":${message}${encodeFields(fields)}${common}${this.#seq.last + 1}}\n`;
    if (line.length <= MAX_UNITS_UNCOUNTED || isShortEnough(line)) {
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

  /** A message that could not be encoded is still shipped, with the reason. */
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

/** Counts bytes only if that can change the answer: it joins the parts of the line. */
function isShortEnough(line: string): boolean {
  return line.length <= MAX_LINE_BYTES && Buffer.byteLength(line) <= MAX_LINE_BYTES;
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

/** The same input, with a text that is a string. */
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
