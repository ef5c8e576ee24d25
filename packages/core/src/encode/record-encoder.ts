/**
 * Encodes whatever is more than a text: a JSON line by the template of an earlier one, and anything on the slow path, which defines
 * what is right. Pure, except for the counter and the clock that it is given. @lazy json
 */
import type { Fields } from '../record/fields.ts';
import { type NormalRecord, normalize } from '../record/normalize.ts';
import { isOurs, type OurNames, OWN_FIELDS, type OwnInput } from '../record/our-names.ts';
import type { TimeWindow } from '../record/parse-time.ts';
import { type LogInput, REPORT } from '../record/record.ts';
import { DEFAULT_RETENTION_MS } from '../record/retention.ts';
import { stringify } from '../record/stringify.ts';
import { withoutStack } from '../record/without-stack.ts';
import { CONTEXT_NAMES, type CommonFields } from './common-fields.ts';
import { encodeFields, field } from './encode-fields.ts';
import { FieldNames } from './field-names.ts';
import { KnownTemplates } from './known-templates.ts';
import {
  isLongName,
  MAX_LINE_BYTES,
  MAX_STREAM_VALUE_BYTES,
  MAX_UNITS_UNCOUNTED,
} from './limits.ts';
import type { LineBytes } from './line-bytes.ts';
import { learnTemplate } from './line-template.ts';
import { cutValue, moveToOverflow, shortenNames } from './shorten.ts';
import { splitRecord } from './split.ts';
import type { Timestamps } from './timestamps.ts';

export interface RecordSettings {
  /** Index into LEVELS of the lowest level that is encoded; `LEVELS.length` encodes nothing. */
  readonly levelThreshold: number;
  /** The server's stream fields. Each occurs at most once in a line, whatever was logged. */
  readonly streamFields: readonly string[];
  /** False: frames that are in `error.stack` are left out of the message. Default: true. */
  readonly stackInMessage?: boolean | undefined;
  /** How long the server keeps records, in milliseconds: an older time of a line's own is not its `_time`. Default: 7 days. */
  readonly retentionMs?: number | undefined;
  /** How many names fields can have in a day, beside our own. */
  readonly maxFieldNames: number;
}

export interface CredentialHider {
  /** Takes our own credentials out of what was logged. Undefined while there are none. */
  readonly hide?: ((text: string) => string) | undefined;
}

/** What all lines of a transport share. */
export interface SharedParts {
  readonly ours: OurNames;
  readonly common: CommonFields;
  readonly timestamps: Timestamps;
  /** The line that is encoded without a string. */
  readonly line: LineBytes;
  readonly credentials: CredentialHider;
  /** The number of the last line. */
  seq: number;
  /** Level of the current record: an index into LEVELS, or REPORT. */
  level: number;
}

/** One line or several, or none if the level is too low. */
export type Lines = LineBytes | string | readonly string[];

const NO_LINES: readonly string[] = [];
/** Names that we give to fields ourselves. */
const OWN_NAMES = [
  ...[...CONTEXT_NAMES, 'logger', 'shipper.renamed'],
  ...['error.type', 'error.message', 'error.stack', 'error.code'],
];

export class RecordEncoder {
  readonly #threshold: number;
  readonly #shared: SharedParts;
  /** Stream fields that lines may fill, because the settings don't. */
  readonly #ownStreamFields: readonly string[];
  readonly #hasStacks: boolean;
  readonly #window: TimeWindow;
  readonly #names: FieldNames;
  readonly #templates = new KnownTemplates();

  constructor(settings: RecordSettings, shared: SharedParts) {
    this.#threshold = settings.levelThreshold;
    this.#shared = shared;
    this.#ownStreamFields = settings.streamFields.filter((name) => !isOurs(shared.ours, name));
    this.#hasStacks = settings.stackInMessage ?? true;
    this.#window = { nowMs: 0, retentionMs: settings.retentionMs ?? DEFAULT_RETENTION_MS };
    this.#names = new FieldNames(settings.maxFieldNames, [...OWN_NAMES, ...this.#ownStreamFields]);
  }

  #now(): TimeWindow {
    this.#window.nowMs = this.#shared.timestamps.nowMs();
    // The names of their fields have to be taken again.
    if (this.#names.turnTo(this.#window.nowMs)) this.#templates.forget();
    return this.#window;
  }

  /** Encodes a line of JSON with a known template. Undefined if the template is unknown, or the line too long. */
  encodeByTemplate(text: string, input: LogInput): Lines | undefined {
    const window = this.#now();
    const found = this.#templates.find(text, input, window);
    if (found === undefined) return undefined;
    const { template, level, time } = found;
    const { common, timestamps, line } = this.#shared;
    this.#shared.level = level;
    if (level < this.#threshold) return NO_LINES;
    if (!template.isShipped) return undefined;
    line.begin(time === undefined ? timestamps.next(window.nowMs) : timestamps.complete(time));
    if (!this.#templates.encode(line, text, template)) return undefined;
    common.addTo(line, level, input, template.names);
    line.end(this.#shared.seq + 1);
    if (line.length > MAX_LINE_BYTES) return undefined;
    this.#shared.seq++;
    return line;
  }

  /** Encodes on the slow path. */
  encode(text: string, json: string | undefined, input: LogInput, isAlone: boolean): Lines {
    const window = this.#now();
    const record = normalize(text, json, input, this.#shared.ours, window);
    this.#shared.level = isReport(input) ? REPORT : record.level;
    const lines =
      record.level < this.#threshold && !(OWN_FIELDS in input)
        ? NO_LINES
        : this.#encodeRecord(this.#hasStacks ? record : withoutStack(record), input, window.nowMs);
    if (json !== undefined && json === text && isAlone) this.#learn(json, input, record, window);
    return lines;
  }

  /** @param record What the line became. If it has other fields than the line, nothing is learned. */
  #learn(json: string, input: LogInput, record: NormalRecord, window: TimeWindow): void {
    if (!this.#templates.wantsToLearn) return;
    const { line } = this.#shared;
    const learned = learnTemplate(json, input, record, this.#ownStreamFields, window, line);
    if (learned === undefined) return;
    learned.template.isShipped = record.level >= this.#threshold;
    this.#templates.add(json, input, learned);
  }

  #encodeRecord(record: NormalRecord, input: LogInput, nowMs: number): Lines {
    const { fields, level, message } = record;
    this.#limit(fields);
    const shared = this.#shared;
    const { common, timestamps } = shared;
    const tail = ownFields(input) + common.encode(level, input, fields);
    const time = (): Timestamps =>
      record.time === undefined ? timestamps.next(nowMs) : timestamps.complete(record.time);
    const { hide = String } = shared.credentials;
    const logged = hide(message + encodeFields(fields));
    const line = `{"_time":"${time()}","_msg":${logged}${tail}${asText(shared.seq + 1)}}\n`;
    if (line.length <= MAX_UNITS_UNCOUNTED || isShortEnough(line)) {
      shared.seq++;
      return line;
    }
    const bytes = Buffer.byteLength(tail);
    return splitRecord(message, fields, bytes, this.#ownStreamFields, shared.seq + 1).map(
      (part) => `{"_time":"${time()}","_msg":${hide(part)}${tail}${asText(++shared.seq)}}\n`,
    );
  }

  /** A message that could not be encoded is still shipped, with the reason. */
  encodeFailure(given: LogInput, error: unknown): Lines {
    const text = describe(() => textOf(given));
    const reason = describe(() => String(error)).slice(0, MAX_STREAM_VALUE_BYTES);
    const input: OwnInput = { text, level: 'ERROR', [OWN_FIELDS]: { encode_error: reason } };
    return this.encode(text, undefined, input, false);
  }

  /** Makes the server take all fields. */
  #limit(fields: Fields): void {
    for (const name of this.#ownStreamFields) {
      const at = fields.indexOf(name);
      if (at < 0) continue;
      const value = fields.values[at] as string;
      if (Buffer.byteLength(value) <= MAX_STREAM_VALUE_BYTES) continue;
      fields.rename(at, fields.freeName(name));
      fields.put(name, cutValue(value, MAX_STREAM_VALUE_BYTES));
    }
    if (fields.names.some(isLongName)) shortenNames(fields);
    const refused = this.#names.take(fields);
    if (refused.length > 0) moveToOverflow(fields, refused);
  }
}

function isReport(input: OwnInput): boolean {
  return input[OWN_FIELDS]?.dropped !== undefined;
}

function ownFields(input: OwnInput): string {
  return Object.entries(input[OWN_FIELDS] ?? {})
    .map(([name, value]) => field(`shipper.${name}`, JSON.stringify(value)))
    .join('');
}

/** Counts bytes only if that can change the answer: counting makes V8 flatten the string. */
function isShortEnough(line: string): boolean {
  return line.length <= MAX_LINE_BYTES && Buffer.byteLength(line) <= MAX_LINE_BYTES;
}

/** The text of an input. Types don't bind programs written in JavaScript. */
export function textOf(input: LogInput): string {
  const text: unknown = input.text;
  if (typeof text === 'string') return text;
  if (text instanceof Uint8Array) return Buffer.from(text).toString();
  return text === undefined ? '' : (stringify(text) ?? String(text));
}

function describe(attempt: () => string): string {
  try {
    return attempt();
  } catch {
    return 'unreadable';
  }
}

/**
 * The number of a record as text. V8 caches the strings of the numbers that it formats, so it formats only small ones:
 * https://github.com/nodejs/node/blob/main/deps/v8/src/heap/factory.cc (`NumberToStringCacheSet`)
 */
function asText(number: number): string {
  const rest = number % 1000;
  if (rest === number) return String(number);
  return asText((number - rest) / 1000) + String(rest).padStart(3, '0');
}
