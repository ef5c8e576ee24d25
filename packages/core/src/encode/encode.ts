/**
 * Turns a message into one line of JSON, or into several if it is too long. Nothing that the server would drop, alter or choke
 * on gets into a line. Pure, except for the counter and the clock that it is given.
 */
import { errorInText } from '../record/error-in-text.ts';
import { asJsonObject } from '../record/normalize.ts';
import { type OurNames, ourNames } from '../record/our-names.ts';
import { ERROR, INFO, LEVELS, type LogInput } from '../record/record.ts';
import type { Redaction } from '../record/redact.ts';
import { leadingLevel } from '../record/text-level.ts';
import { translateLevel } from '../record/translate-level.ts';
import {
  CommonFields,
  type ConstantSettings,
  type ContextSource,
  constantFields,
  NO_NAMES,
} from './common-fields.ts';
import { MAX_LINE_BYTES, MAX_UNITS_UNCOUNTED } from './limits.ts';
import { LineBytes } from './line-bytes.ts';
import {
  type CredentialHider,
  type Lines,
  RecordEncoder,
  type RecordSettings,
  type SharedParts,
  textOf,
} from './record-encoder.ts';
import { type TimeSource, Timestamps } from './timestamps.ts';

export interface EncoderSettings extends RecordSettings, ConstantSettings {
  /** Redacts what was logged, before anything else is done with it. Default: nothing is redacted. */
  readonly redact?: Redaction | undefined;
}

export interface EncoderSource extends TimeSource, ContextSource {
  /** Default: they stay in what was logged. */
  readonly credentials?: CredentialHider;
}

/**
 * Takes one complete, well-formed line with its newline, at most 256,000 bytes in UTF-8, and its index into LEVELS, or REPORT. Bytes are
 * those of this line only until it returns.
 */
type Emit = (line: string | LineBytes, level: number) => void;

/**
 * Encodes a message: no line below the threshold, several if too long. Throws only if the stack is full or `emit` throws.
 * @returns Whether a line came of it.
 */
export type Encode = (input: LogInput, emit: Emit) => boolean;

const NO_LINES: readonly string[] = [];
const SPACE = 0x20;
const OPEN_OBJECT = 0x7b;

export function createEncoder(settings: EncoderSettings, source: EncoderSource): Encode {
  const { encode } = new Encoder(settings, source);
  const { redact } = settings;
  if (redact === undefined) return encode;
  return (given, emit) => encode(redact.input(readable(given)), emit);
}

class Encoder implements SharedParts {
  readonly ours: OurNames;
  readonly common: CommonFields;
  readonly timestamps: Timestamps;
  readonly line: LineBytes = new LineBytes();
  readonly credentials: CredentialHider;
  seq = 0;
  level: number = ERROR;
  readonly #settings: EncoderSettings;
  #lazyRecords: RecordEncoder | undefined;

  constructor(settings: EncoderSettings, source: EncoderSource) {
    this.#settings = settings;
    this.timestamps = new Timestamps(source);
    this.credentials = source.credentials ?? {};
    const constants = constantFields(settings);
    this.ours = ourNames(constants.keys());
    this.common = new CommonFields(this.ours, constants, source);
  }

  /** Made for the first record that is more than a text: a program that prints only text does not load it. */
  get #records(): RecordEncoder {
    this.#lazyRecords ??= new RecordEncoder(this.#settings, this);
    return this.#lazyRecords;
  }

  readonly encode: Encode = (given, emit) => {
    // Types don't bind programs written in JavaScript.
    const input: LogInput =
      typeof given === 'object' && given !== null ? given : { text: String(given) };
    const before = this.seq;
    let lines: Lines;
    try {
      const { hide } = this.credentials;
      const text = typeof input.text === 'string' ? input.text : textOf(input);
      lines = this.#encode(hide === undefined ? text : hide(text), input);
    } catch (error) {
      this.seq = before;
      this.level = ERROR;
      lines =
        ERROR < this.#settings.levelThreshold
          ? NO_LINES
          : this.#records.encodeFailure(input, error);
    }
    try {
      if (lines === this.line || typeof lines === 'string') emit(lines, this.level);
      else for (const line of lines as readonly string[]) emit(line, this.level);
    } catch (error) {
      // The stack is full, and the record will come again. A number without a line would look like a lost line.
      this.seq = before;
      throw error;
    }
    return this.seq !== before;
  };

  /** Takes a fast path if possible, else the slow path, which defines what is right. */
  #encode(text: string, input: LogInput): Lines {
    const { fields, error, timeMs } = input;
    const hasMore = fields !== undefined || error !== undefined || timeMs !== undefined;
    const isAlone = !hasMore && text.length < MAX_UNITS_UNCOUNTED;
    const first = text === '' ? -1 : text.charCodeAt(0);
    if (isAlone && first === OPEN_OBJECT) {
      const lines = this.#records.encodeByTemplate(text, input);
      if (lines !== undefined) return lines;
    }
    // Most texts cannot be JSON, by their first character, and have one line, so no frames of an error.
    const mayBeJson = (first <= SPACE || first === OPEN_OBJECT) && text.includes('}');
    const json = mayBeJson ? asJsonObject(text) : undefined;
    const showsError = text.includes('\n') && errorInText(text) !== undefined;
    const isText = json === undefined && text !== '' && !showsError;
    const lines = isAlone && isText ? this.#encodeText(text, input) : undefined;
    return lines ?? this.#records.encode(text, json, input, isAlone);
  }

  /** Encodes a text without fields, error or time. Undefined if the line is too long. */
  #encodeText(text: string, input: LogInput): Lines | undefined {
    const leading = input.level === undefined ? leadingLevel(text) : levelOf(input.level, text);
    this.level = leading < 0 ? INFO : leading;
    if (this.level < this.#settings.levelThreshold) return NO_LINES;
    const { line } = this;
    line.begin(this.timestamps.next());
    line.addString(text);
    this.common.addTo(line, this.level, input, NO_NAMES);
    line.end(this.seq + 1);
    if (line.length > MAX_LINE_BYTES) return undefined;
    this.seq++;
    return line;
  }
}

/** The same input, with a text that is a string. */
function readable(given: LogInput): LogInput {
  if (typeof given !== 'object' || given === null) return { text: String(given) };
  try {
    return typeof given.text === 'string' ? given : { ...given, text: textOf(given) };
  } catch {
    // It can neither be read nor redacted, and a record says so.
    return given;
  }
}

/** The given level, or that of the text if what is given is not a level. */
function levelOf(given: unknown, text: string): number {
  const at = (LEVELS as readonly unknown[]).indexOf(given);
  return at >= 0 ? at : (translateLevel(given)?.level ?? leadingLevel(text));
}
