/** The fast path for JSON lines: finds the template of a line among those seen before, and reads its values in one pass. @lazy json */
import { MAX_SUMMARY_LENGTH } from '../record/normalize.ts';
import { isInWindow, type OwnTime, parseTime, type TimeWindow } from '../record/parse-time.ts';
import { INFO, LEVELS, type Level, type LoggerKeys, type LogInput } from '../record/record.ts';
import { leadingLevel } from '../record/text-level.ts';
import { MAX_UNITS_UNCOUNTED, MAX_UTF8_BYTES_PER_UNIT } from './limits.ts';
import { IS_SPECIAL, type LineBytes, utf8Write } from './line-bytes.ts';
import {
  addByTemplate,
  type Kind,
  type LearnedTemplate,
  type LineTemplate,
  type ReadLine,
} from './line-template.ts';

/** The text before a value, with the possible next steps. The last one, before the end of the line, has the template instead. */
interface Step {
  readonly literal: Buffer;
  readonly kind: Kind | 'end';
  readonly next: Step[];
  template: LineTemplate | undefined;
}

/** The first steps of lines about which their logger says the same. */
interface Group extends LoggerKeys {
  readonly hasKeys: boolean;
  readonly level: Level | undefined;
  readonly steps: Step[];
}

export interface MatchingLine {
  readonly template: LineTemplate;
  /** Index into LEVELS. */
  readonly level: number;
  /** Its own time, if the server takes it. */
  readonly time: OwnTime | undefined;
}

/** Beyond this many templates, or characters in the lines that they were learned from, everything is forgotten. */
const MAX_TEMPLATES = 64;
const MAX_LEARNED_UNITS = 256 * 1024;
/** After this many lines in a row without a known template, only one in `LEARN_ONE_OF` is learned from. */
const MAX_MISSES = 32;
const LEARN_ONE_OF = 16;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
/** A string without quotes. The slow path reads surrogates. */
const ESCAPED = /^(?:[^\\]|\\(?:["\\/bfnrt]|u(?![dD])[\da-fA-F]{4}))*$/;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i;
/** By byte: 1 for what can be in a number. */
const IS_NUMBER_PART = Uint8Array.from({ length: 256 }, (_, byte) =>
  Number('0123456789+-.eE'.includes(String.fromCharCode(byte))),
);
const QUOTE = 0x22;
const ZERO = 0x30;
const NINE = 0x39;
const BACKSLASH = 0x5c;

export class KnownTemplates {
  #groups: Group[] = [];
  #count = 0;
  #units = 0;
  #misses = 0;
  /** The current line, and a zero after it, which is in no template and no value. Pages that no line has reached take no memory. */
  readonly #bytes = Buffer.allocUnsafeSlow(MAX_UNITS_UNCOUNTED * MAX_UTF8_BYTES_PER_UNIT + 1);
  #size = 0;
  /** Where its values start and end. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  /** Finds the template of a line; undefined when it is unknown, or the line is unusual in any way. */
  find(text: string, input: LogInput, window: TimeWindow): MatchingLine | undefined {
    const steps = this.#stepsFor(input);
    if (steps === undefined || !text.isWellFormed()) return undefined;
    this.#size = utf8Write.call(this.#bytes, text, 0);
    this.#bytes[this.#size] = 0;
    const template = this.#follow(steps);
    const line = template && this.#read(text, template, window);
    if (line !== undefined) this.#misses = 0;
    return line;
  }

  /** Encodes the line that was found last, from its message to the last of its own fields. False if it could be too long. */
  encode(line: LineBytes, text: string, template: LineTemplate): boolean {
    const read: ReadLine = { text, bytes: this.#bytes, starts: this.#starts, ends: this.#ends };
    return addByTemplate(line, template, read);
  }

  /** Whether to learn from a line without a known template. Counts these lines. */
  get wantsToLearn(): boolean {
    this.#misses++;
    return this.#misses <= MAX_MISSES || this.#misses % LEARN_ONE_OF === 0;
  }

  add(json: string, input: LogInput, { template, slots }: LearnedTemplate): void {
    if (this.#count === MAX_TEMPLATES || this.#units + json.length > MAX_LEARNED_UNITS)
      this.forget();
    this.#count++;
    this.#units += json.length;
    let steps = this.#stepsFor(input);
    let at = 0;
    for (const { kind, start, end } of slots) {
      if (steps === undefined) return;
      steps = stepTo(steps, json.slice(at, start), kind).next;
      at = end;
    }
    if (steps !== undefined) stepTo(steps, json.slice(at), 'end').template = template;
  }

  forget(): void {
    this.#groups = [];
    this.#count = this.#units = 0;
  }

  /** The first steps of lines that are read in the same way. Undefined for a level that is not ours. */
  #stepsFor({ keys, level }: LogInput): Step[] | undefined {
    const hasKeys = keys !== undefined;
    const { message, error } = keys ?? {};
    for (const group of this.#groups) {
      const isLevel = group.level === level && group.hasKeys === hasKeys;
      if (isLevel && group.message === message && group.error === error) return group.steps;
    }
    if (level !== undefined && !LEVELS.includes(level)) return undefined;
    const steps: Step[] = [];
    if (this.#groups.length < MAX_TEMPLATES) {
      this.#groups.push({ hasKeys, message, error, level, steps });
    }
    return steps;
  }

  #follow(first: Step[]): LineTemplate | undefined {
    let steps = first;
    let at = 0;
    for (let slot = 0; ; slot++) {
      const step = this.#nextStep(at, steps, slot);
      if (step === undefined || step.kind === 'end') return step?.template;
      at = this.#ends[slot] as number;
      steps = step.next;
    }
  }

  #nextStep(at: number, steps: Step[], slot: number): Step | undefined {
    const bytes = this.#bytes;
    for (let place = 0; place < steps.length; place++) {
      const step = steps[place] as Step;
      if (!isAt(bytes, at, step.literal)) continue;
      const start = at + step.literal.length;
      const end = step.kind === 'end' ? this.#size : endOfValue(bytes, start, step.kind);
      if (step.kind === 'end' ? start !== end : end <= start) continue;
      this.#starts[slot] = start;
      this.#ends[slot] = end;
      // Frequent steps move to the front.
      if (place > 0) steps.splice(place - 1, 2, step, steps[place - 1] as Step);
      return step;
    }
    return undefined;
  }

  /** Time and level of a line; undefined if they are not of the kind that the template was learned from. */
  #read(text: string, template: LineTemplate, window: TimeWindow): MatchingLine | undefined {
    if (template.message < 0 && text.length > MAX_SUMMARY_LENGTH) return undefined;
    let time: OwnTime | undefined;
    for (const { slot, isQuoted, isReadable, isTaken } of template.times) {
      const quotes = isQuoted ? 1 : 0;
      const start = (this.#starts[slot] as number) - quotes;
      const read = parseTime(this.#slice(text, start, (this.#ends[slot] as number) + quotes));
      if ((read !== undefined && isInWindow(read.ms, window)) !== isReadable) return undefined;
      if (isTaken) time = read;
    }
    const level = template.level < 0 ? this.#levelOfMessage(text, template) : template.level;
    return level === undefined ? undefined : { template, level, time };
  }

  #levelOfMessage(text: string, { message }: LineTemplate): number | undefined {
    const said = this.#slice(text, this.#starts[message] as number, this.#ends[message] as number);
    if (said.includes('\\')) return undefined;
    const level = leadingLevel(said);
    return level < 0 ? INFO : level;
  }

  /** A part of the text, by its place among the bytes. */
  #slice(text: string, start: number, end: number): string {
    const isAscii = this.#size === text.length;
    return isAscii ? text.slice(start, end) : this.#bytes.toString('utf8', start, end);
  }
}

function stepTo(steps: Step[], literal: string, kind: Step['kind']): Step {
  const bytes = Buffer.from(literal);
  let step = steps.find((one) => one.kind === kind && one.literal.equals(bytes));
  if (step === undefined) {
    step = { literal: bytes, kind, next: [], template: undefined };
    steps.unshift(step);
  }
  return step;
}

function isAt(bytes: Buffer, at: number, literal: Buffer): boolean {
  for (let place = 0; place < literal.length; place++) {
    if (bytes[at + place] !== literal[place]) return false;
  }
  return true;
}

/** The end of the value that starts here. It is not after `start` when there is no value of this kind. */
function endOfValue(bytes: Buffer, start: number, kind: Kind): number {
  switch (kind) {
    case 'string':
      return endOfString(bytes, start, true);
    case 'string in a list':
      return endOfString(bytes, start, false);
    case 'number':
      return endOfNumber(bytes, start);
    case 'boolean':
      if (isAt(bytes, start, TRUE)) return start + TRUE.length;
      return isAt(bytes, start, FALSE) ? start + FALSE.length : -1;
  }
}

function endOfString(bytes: Buffer, start: number, mayEscape: boolean): number {
  let hasEscapes = false;
  for (let at = start; ; at++) {
    const byte = bytes[at] as number;
    if (IS_SPECIAL[byte] === 0) continue;
    if (byte === BACKSLASH && mayEscape) {
      hasEscapes = true;
      at++;
    } else if (byte !== QUOTE) return -1;
    else return hasEscapes && !ESCAPED.test(bytes.toString('latin1', start, at)) ? -1 : at;
  }
}

function endOfNumber(bytes: Buffer, start: number): number {
  let isPlain = bytes[start] !== ZERO;
  for (let at = start; ; at++) {
    const byte = bytes[at] as number;
    if (byte >= ZERO && byte <= NINE) continue;
    if (IS_NUMBER_PART[byte] === 1) isPlain = false;
    else return isPlain || NUMBER.test(bytes.toString('latin1', start, at)) ? at : -1;
  }
}
