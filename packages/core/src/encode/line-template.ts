/**
 * The template of a JSON line: the text between its values, and what each value becomes. Learned from a line that was encoded. @lazy json
 */
import { flattenJsonObject } from '../record/json-line.ts';
import { kindOf } from '../record/known-fields.ts';
import type { NormalRecord } from '../record/normalize.ts';
import { isInWindow, parseTime, type TimeWindow } from '../record/parse-time.ts';
import type { LogInput } from '../record/record.ts';
import { CONTEXT_NAMES, type Names, NO_NAMES } from './common-fields.ts';
import { encodeFields, field } from './encode-fields.ts';
import { type LineBytes, MAX_BYTES } from './line-bytes.ts';

/** Kinds of values. A string is the text between the quotes. In a list it has no escapes. */
export type Kind = 'string' | 'string in a list' | 'number' | 'boolean';

/** The place of a value that can differ in the next line. Everything else is the same. */
interface Slot {
  readonly kind: Kind;
  readonly start: number;
  readonly end: number;
}

/** A value that can be the time. Every line of the template has its time in the same place. */
interface TimeSlot {
  readonly slot: number;
  readonly isQuoted: boolean;
  readonly isReadable: boolean;
  readonly isTaken: boolean;
}

/** A piece of the encoded line: a text, then the line's own text from the start of one value to the end of another. */
interface Piece {
  readonly text: Buffer;
  readonly from: number;
  to: number;
}

export interface LineTemplate {
  /** Index into LEVELS; -1 when it is read from the message. */
  readonly level: number;
  /** Place of the message among the values; -1 when the text of the whole line is the message. */
  readonly message: number;
  readonly times: readonly TimeSlot[];
  /** Names of its own fields that replace a common field. */
  readonly names: Names;
  /** False while it comes from a line below the level that is shipped: the names of its fields have not been taken. */
  isShipped: boolean;
  readonly pieces: readonly Piece[];
  /** The text after the last piece. */
  readonly end: Buffer;
  /** Bytes of all these texts. */
  readonly size: number;
}

/** A template, and the places of the values in the line that it was learned from. */
export interface LearnedTemplate {
  readonly template: LineTemplate;
  readonly slots: readonly Slot[];
}

/** Values in a list, and keys of its objects: these end in a colon. */
const IN_LIST = /"[^"]*"(\s*:)?|true|false|-?\d[\d.eE+-]*/g;
const QUOTE = 0x22;
const OPEN_LIST = 0x5b;
const LOWER_F = 0x66;
const LOWER_T = 0x74;
/** Characters that are not allowed in a JSON string. They are allowed between values, but rare there. */
const CONTROL = new RegExp(`[${String.fromCharCode(0)}-${String.fromCharCode(0x1f)}]`);

/**
 * Learns the template of a line from the record that it became. Undefined if what happens to a value depends on more than its
 * kind, as with ids and errors.
 * @param json Text of the object, without blanks around it.
 * @param ownStreamFields Stream fields that lines may fill.
 */
export function learnTemplate(
  json: string,
  input: LogInput,
  record: NormalRecord,
  ownStreamFields: readonly string[],
  window: TimeWindow,
  line: LineBytes,
): LearnedTemplate | undefined {
  const { fields, found, lineCount } = record;
  const isUsual = !found.hasIds && !found.hasErrors && fields.names.length === lineCount;
  const hasValueRules = ['error.stack', ...ownStreamFields].some((name) => fields.has(name));
  if (!isUsual || hasValueRules || CONTROL.test(json)) return undefined;
  const learner = new Learner(json, record, window);
  flattenJsonObject(json, (name, _value, start, end) => learner.take(name, start, end));
  return learner.finish(found.level === undefined && input.level === undefined, line);
}

/** Collects the values of one line and puts the encoded line together. */
class Learner {
  readonly #json: string;
  readonly #record: NormalRecord;
  readonly #window: TimeWindow;
  readonly #slots: Slot[] = [];
  readonly #times: TimeSlot[] = [];
  readonly #names = new Set<string>();
  /** The values that are copied, in the order of the line: the position of each, and the number of its first slot. */
  readonly #copied: Array<{ name: string; start: number; end: number; slot: number }> = [];
  readonly #pieces: Piece[] = [];
  /** What follows the last piece. */
  #text = '';
  #message = -1;
  #isPredictable = true;

  constructor(json: string, record: NormalRecord, window: TimeWindow) {
    this.#json = json;
    this.#record = record;
    this.#window = window;
  }

  take(name: string, start: number, end: number): void {
    const at = this.#names.size;
    const slot = this.#slots.length;
    // If two names are equal, the values decide which field is renamed or left out.
    if (this.#names.has(name)) this.#isPredictable = false;
    this.#names.add(name);
    const kind = kindOf(name);
    if (kind !== 'level') this.#addSlots(start, end);
    const isOneValue =
      this.#slots.length === slot + 1 && this.#json.charCodeAt(start) !== OPEN_LIST;
    if (kind === 'time' && isOneValue) this.#addTime(at, slot, start, end);
    const { fields, found } = this.#record;
    if (at === found.messageAt) {
      this.#message = slot;
      if (this.#slots.at(slot)?.kind !== 'string') this.#isPredictable = false;
    } else if (fields.values[at] !== '') {
      this.#copied.push({ name: fields.names[at] as string, start, end, slot });
    }
  }

  #addSlots(start: number, end: number): void {
    const code = this.#json.charCodeAt(start);
    if (code === QUOTE) this.#slots.push({ kind: 'string', start: start + 1, end: end - 1 });
    else if (code === LOWER_T || code === LOWER_F)
      this.#slots.push({ kind: 'boolean', start, end });
    else if (code === OPEN_LIST) this.#addSlotsOfList(start, end);
    else this.#slots.push({ kind: 'number', start, end });
  }

  #addSlotsOfList(start: number, end: number): void {
    const list = this.#json.slice(start, end);
    for (const found of list.matchAll(IN_LIST)) {
      const [value, colon] = found;
      const at = start + found.index;
      const last = at + value.length;
      const code = value.charCodeAt(0);
      if (colon !== undefined || value === '""') continue;
      if (code !== QUOTE) this.#addSlots(at, last);
      else this.#slots.push({ kind: 'string in a list', start: at + 1, end: last - 1 });
    }
  }

  #addTime(at: number, slot: number, start: number, end: number): void {
    const time = parseTime(this.#json.slice(start, end));
    this.#times.push({
      slot,
      isQuoted: this.#json.charCodeAt(start) === QUOTE,
      isReadable: time !== undefined && isInWindow(time.ms, this.#window),
      isTaken: at === this.#record.found.timeAt,
    });
  }

  finish(isLevelInMessage: boolean, line: LineBytes): LearnedTemplate | undefined {
    if (!this.#isPredictable) return undefined;
    const { fields, level, message } = this.#record;
    const { start, end: messageEnd } = this.#slots[this.#message] ?? { start: 0, end: 0 };
    if (this.#message >= 0) this.#addValue(start - 1, messageEnd + 1, this.#message);
    for (const copied of this.#copied) {
      this.#text += field(copied.name, '');
      this.#addValue(copied.start, copied.end, copied.slot);
    }
    const pieces = this.#pieces;
    const end = Buffer.from(this.#text);
    const names = [...CONTEXT_NAMES, 'logger'].filter((name) => fields.has(name));
    const template: LineTemplate = {
      level: isLevelInMessage && this.#message >= 0 ? -1 : level,
      message: this.#message,
      times: this.#times,
      names: names.length === 0 ? NO_NAMES : new Set(names),
      isShipped: false,
      pieces,
      end,
      size: pieces.reduce((sum, { text }) => sum + text.length, end.length),
    };
    const places = placesOf(this.#slots, this.#json);
    line.begin({ microsecond: '', nanoseconds: 0 });
    const { length } = line;
    const isRight =
      addByTemplate(line, template, places) &&
      line.bytes.toString('utf8', length, line.length) === message + encodeFields(fields);
    return isRight ? { template, slots: this.#slots } : undefined;
  }

  /** Adds a value and the slots in it, from `firstSlot` on. Joins what is copied unchanged. */
  #addValue(start: number, end: number, firstSlot: number): void {
    let at = start;
    for (let place = firstSlot; ; place++) {
      const slot = this.#slots.at(place);
      if (slot === undefined || slot.start >= end) break;
      this.#text += this.#json.slice(at, slot.start);
      at = slot.end;
      const last = this.#pieces.at(-1);
      const between = this.#json.slice(this.#slots[place - 1]?.end, slot.start);
      if (last?.to === place - 1 && this.#text === between) last.to = place;
      else this.#pieces.push({ text: Buffer.from(this.#text), from: place, to: place });
      this.#text = '';
    }
    this.#text += this.#json.slice(at, end);
  }
}

/** A line of a template, and where each of its values is. */
export interface ReadLine {
  readonly text: string;
  /** The text. There can be more behind it. */
  readonly bytes: Buffer;
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** A list can have tens of thousands of values, so bytes are counted from one place to the next. */
function placesOf(slots: readonly Slot[], text: string): ReadLine {
  const places = { text, bytes: Buffer.from(text), starts: [] as number[], ends: [] as number[] };
  let [at, bytes] = [0, 0];
  const bytesBefore = (to: number): number => {
    bytes += Buffer.byteLength(text.slice(at, to));
    at = to;
    return bytes;
  };
  for (const { start, end } of slots) {
    places.starts.push(bytesBefore(start));
    places.ends.push(bytesBefore(end));
  }
  return places;
}

/** Adds a line of the template, from its message to the last of its own fields. False if it could be too long. */
export function addByTemplate(line: LineBytes, template: LineTemplate, read: ReadLine): boolean {
  const { text, bytes, starts, ends } = read;
  const { message, pieces, end, size } = template;
  if (size + text.length * (message < 0 ? 9 : 3) > MAX_BYTES) return false;
  if (message < 0) line.addString(text);
  for (const { text: literal, from, to } of pieces) {
    line.addBytes(literal);
    line.addBytes(bytes, starts[from], ends[to]);
  }
  line.addBytes(end);
  return true;
}
