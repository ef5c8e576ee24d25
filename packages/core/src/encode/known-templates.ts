/**
 * The fast path for JSON lines: finds the template of a line among those seen before, and reads its values in one pass.
 *
 * @lazy json
 */

import { MAX_SUMMARY_LENGTH } from '../record/normalize.ts';
import { isInWindow, type OwnTime, parseTime, type TimeWindow } from '../record/parse-time.ts';
import { LEVELS, type LogInput } from '../record/record.ts';
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

/** A text before a value, with the possible next steps. Before the end of the line, it has the template instead. */
interface Step {
  readonly literal: Buffer;
  readonly kind: Kind | 'end';
  readonly next: Step[];
  template: LineTemplate | undefined;
}

/** An item for each level, and for none: see `Tails` in `common-fields.ts`. */
const noSteps = (): Step[][] => [...LEVELS, ''].map(() => []);

export interface MatchingLine {
  readonly template: LineTemplate;
  /** Index into LEVELS. */
  readonly level: number;
  /** Its own time, if the server takes it. */
  readonly time: OwnTime | undefined;
}

const INFO = LEVELS.indexOf('INFO');
/** Beyond this many templates, or characters in the lines that they were learned from, everything is forgotten. */
const MAX_TEMPLATES = 64;
const MAX_LEARNED_UNITS = 256 * 1024;
/** After this many lines in a row without a known template, only one in `LEARN_ONE_OF` is learned from. */
const MAX_MISSES = 32;
const LEARN_ONE_OF = 16;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');
/** By byte: 1 for what can follow a backslash, beside `u`. */
const IS_ESCAPE = bytesIn('"\\/bfnrt');
const IS_HEX = bytesIn('0123456789abcdefABCDEF');
const QUOTE = 0x22;
const PLUS = 0x2b;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_E = 0x45;
const BACKSLASH = 0x5c;
const UPPER_D = 0x44;
const LOWER_D = 0x64;
const LOWER_E = 0x65;
const LOWER_U = 0x75;

export class KnownTemplates {
  /** First steps, by the names that the logger gives its parts, and then by the level that it states. */
  readonly #firstSteps = new Map<string, Step[][]>();
  #count = 0;
  #units = 0;
  #misses = 0;
  /** The current line, and a zero after it, which is in no template and no value. What no line has needed takes no memory. */
  readonly #bytes = Buffer.allocUnsafeSlow(MAX_UNITS_UNCOUNTED * MAX_UTF8_BYTES_PER_UNIT + 1);
  #size = 0;
  /** Where its values start and end. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  #lastMessage: string | undefined;
  #lastError: string | undefined;
  #hadKeys = false;
  #lastByLevel: Step[][] = noSteps();

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
      this.#forget();
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

  #forget(): void {
    this.#firstSteps.clear();
    this.#lastByLevel = noSteps();
    this.#hadKeys = false;
    this.#lastMessage = undefined;
    this.#lastError = undefined;
    this.#count = 0;
    this.#units = 0;
  }

  /** The first steps of lines that are read in the same way. Undefined for a level that is not ours. */
  #stepsFor({ keys, level }: LogInput): Step[] | undefined {
    const isLast =
      keys === undefined
        ? !this.#hadKeys
        : this.#hadKeys && keys.message === this.#lastMessage && keys.error === this.#lastError;
    const byLevel = isLast ? this.#lastByLevel : this.#byLevelOf(keys);
    const at = level === undefined ? LEVELS.length : LEVELS.indexOf(level);
    return at < 0 ? undefined : byLevel[at];
  }

  #byLevelOf(keys: LogInput['keys']): Step[][] {
    const key = keys === undefined ? '' : JSON.stringify([keys.message, keys.error]);
    let byLevel = this.#firstSteps.get(key);
    if (byLevel === undefined) {
      byLevel = noSteps();
      if (this.#firstSteps.size < MAX_TEMPLATES) this.#firstSteps.set(key, byLevel);
    }
    this.#hadKeys = keys !== undefined;
    this.#lastMessage = keys?.message;
    this.#lastError = keys?.error;
    this.#lastByLevel = byLevel;
    return byLevel;
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

  /** Time and level of a line; undefined when it states them in another way than the line that the template was learned from. */
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

function bytesIn(text: string): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) =>
    Number(text.includes(String.fromCharCode(byte))),
  );
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
  for (let at = start; ; at++) {
    const byte = bytes[at] as number;
    if (IS_SPECIAL[byte] === 0) continue;
    if (byte === QUOTE) return at;
    if (byte !== BACKSLASH || !mayEscape) return -1;
    at = lastOfEscape(bytes, at + 1);
    if (at < 0) return -1;
  }
}

/** The last byte of what follows a backslash. -1 for nothing that may, and for surrogates: the slow path reads these. */
function lastOfEscape(bytes: Buffer, at: number): number {
  if (IS_ESCAPE[bytes[at] as number] === 1) return at;
  const isUnit = bytes[at] === LOWER_U && bytes[at + 1] !== UPPER_D && bytes[at + 1] !== LOWER_D;
  for (let hex = at + 1; hex <= at + 4; hex++) {
    if (!isUnit || IS_HEX[bytes[hex] as number] === 0) return -1;
  }
  return at + 4;
}

function endOfNumber(bytes: Buffer, start: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start;
  let at = endOfDigits(bytes, first);
  if (at === first || (bytes[first] === ZERO && at > first + 1)) return -1;
  if (bytes[at] === DOT) {
    const end = endOfDigits(bytes, at + 1);
    if (end === at + 1) return -1;
    at = end;
  }
  if (bytes[at] !== UPPER_E && bytes[at] !== LOWER_E) return at;
  const isSigned = bytes[at + 1] === PLUS || bytes[at + 1] === MINUS;
  const from = at + (isSigned ? 2 : 1);
  const end = endOfDigits(bytes, from);
  return end === from ? -1 : end;
}

function endOfDigits(bytes: Buffer, start: number): number {
  let at = start;
  for (let byte = bytes[at] as number; byte >= ZERO && byte <= NINE; ) byte = bytes[++at] as number;
  return at;
}
