/**
 * The fast path for JSON lines: finds the template of a line among those seen before, and reads its values in one pass.
 *
 * @lazy
 */

import { copyOf } from '../record/copy-of.ts';
import { MAX_SUMMARY_LENGTH } from '../record/normalize.ts';
import { isInWindow, type OwnTime, parseTime, type TimeWindow } from '../record/own-time.ts';
import { LEVELS, type LogInput } from '../record/record.ts';
import { leadingLevel } from '../record/text-level.ts';
import {
  encodeByTemplate,
  type Kind,
  type LearnedTemplate,
  type LineTemplate,
} from './line-template.ts';

/** A text before a value, with the possible next steps. Before the end of the line, it has the template instead. */
interface Step {
  readonly literal: string;
  readonly kind: Kind | 'end';
  readonly next: Step[];
  template: LineTemplate | undefined;
}

/** An item for each level, and for none, see `numbers.ts`. */
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
/** Characters that are not allowed in a JSON string. They are allowed between values, but rare there. */
const CONTROL = new RegExp(`[${String.fromCharCode(0)}-${String.fromCharCode(0x1f)}]`);
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** What can follow a backslash. Surrogates are left to the slow path. */
const ESCAPE = /["\\/bfnrt]|u(?![dD])[\da-fA-F]{4}/y;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const UPPER_E = 0x45;
const LOWER_E = 0x65;

export class KnownTemplates {
  /** First steps, by the names that the logger gives its parts, and then by the level that it states. */
  readonly #firstSteps = new Map<string, Step[][]>();
  #count = 0;
  #units = 0;
  #misses = 0;
  /** Where the values of the current line start and end. */
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];
  /** Place of the next backslash in the current line. */
  #backslash = 0;
  #lastMessage: string | undefined;
  #lastError: string | undefined;
  #hadKeys = false;
  #lastByLevel: Step[][] = noSteps();

  /** Finds the template of a line; undefined when it is unknown, or the line is unusual in any way. */
  find(text: string, input: LogInput, window: TimeWindow): MatchingLine | undefined {
    const steps = this.#stepsFor(input);
    if (steps === undefined || CONTROL.test(text) || !text.isWellFormed()) return undefined;
    const template = this.#follow(text, steps);
    const line = template && this.#read(text, template, window);
    if (line !== undefined) this.#misses = 0;
    return line;
  }

  /** Encodes the line that was found last, from the quote after the time to the last of its own fields. */
  encode(text: string, template: LineTemplate): string {
    return encodeByTemplate(text, template, this.#starts, this.#ends);
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

  #follow(text: string, first: Step[]): LineTemplate | undefined {
    this.#backslash = text.indexOf('\\');
    let steps = first;
    let at = 0;
    for (let slot = 0; ; slot++) {
      const step = this.#nextStep(text, at, steps, slot);
      if (step === undefined || step.kind === 'end') return step?.template;
      at = this.#ends[slot] as number;
      steps = step.next;
    }
  }

  #nextStep(text: string, at: number, steps: Step[], slot: number): Step | undefined {
    for (let place = 0; place < steps.length; place++) {
      const step = steps[place] as Step;
      const start = at + step.literal.length;
      // V8 compares texts in whole words, but `startsWith` goes through them character by character.
      if (text.slice(at, start) !== step.literal) continue;
      const end = step.kind === 'end' ? text.length : this.#endOfValue(text, start, step.kind);
      if (step.kind === 'end' ? start !== end : end <= start) continue;
      this.#starts[slot] = start;
      this.#ends[slot] = end;
      // Frequent steps move to the front.
      if (place > 0) steps.splice(place - 1, 2, step, steps[place - 1] as Step);
      return step;
    }
    return undefined;
  }

  /** The end of the value that starts here. It is not after `start` when there is no value of this kind. */
  #endOfValue(text: string, start: number, kind: Kind): number {
    switch (kind) {
      case 'string':
        return this.#endOfString(text, start);
      case 'string in a list': {
        const end = this.#endOfString(text, start);
        return text.slice(start, end).includes('\\') ? -1 : end;
      }
      case 'number':
        return endOfNumber(text, start);
      case 'boolean':
        if (text.startsWith('true', start)) return start + 4;
        return text.startsWith('false', start) ? start + 5 : -1;
    }
  }

  #endOfString(text: string, start: number): number {
    let quote = text.indexOf('"', start);
    if (this.#backslash < start && this.#backslash >= 0) {
      this.#backslash = text.indexOf('\\', start);
    }
    while (this.#backslash >= 0 && this.#backslash < quote) {
      ESCAPE.lastIndex = this.#backslash + 1;
      if (!ESCAPE.test(text)) return -1;
      if (quote < ESCAPE.lastIndex) quote = text.indexOf('"', ESCAPE.lastIndex);
      this.#backslash = text.indexOf('\\', ESCAPE.lastIndex);
    }
    return quote;
  }

  /** Time and level of a line; undefined when it states them in another way than the line that the template was learned from. */
  #read(text: string, template: LineTemplate, window: TimeWindow): MatchingLine | undefined {
    if (template.message < 0 && text.length > MAX_SUMMARY_LENGTH) return undefined;
    let time: OwnTime | undefined;
    for (const { slot, isQuoted, isReadable, isTaken } of template.times) {
      const quotes = isQuoted ? 1 : 0;
      const start = (this.#starts[slot] as number) - quotes;
      const read = parseTime(text.slice(start, (this.#ends[slot] as number) + quotes));
      if ((read !== undefined && isInWindow(read.ms, window)) !== isReadable) return undefined;
      if (isTaken) time = read;
    }
    const level = template.level < 0 ? this.#levelOfMessage(text, template) : template.level;
    return level === undefined ? undefined : { template, level, time };
  }

  #levelOfMessage(text: string, { message }: LineTemplate): number | undefined {
    const said = text.slice(this.#starts[message], this.#ends[message]);
    if (said.includes('\\')) return undefined;
    const level = leadingLevel(said);
    return level < 0 ? INFO : level;
  }
}

function stepTo(steps: Step[], literal: string, kind: Step['kind']): Step {
  let step = steps.find((one) => one.kind === kind && one.literal === literal);
  if (step === undefined) {
    step = { literal: copyOf(literal), kind, next: [], template: undefined };
    steps.unshift(step);
  }
  return step;
}

function endOfNumber(text: string, start: number): number {
  const first = text.charCodeAt(start) === MINUS ? start + 1 : start;
  let at = first;
  let code = text.charCodeAt(at);
  while (code >= ZERO && code <= NINE) code = text.charCodeAt(++at);
  const hasMore = code === DOT || code === LOWER_E || code === UPPER_E;
  const isWhole = at === first + 1 || (at > first && text.charCodeAt(first) !== ZERO);
  if (isWhole && !hasMore) return at;
  NUMBER.lastIndex = start;
  return NUMBER.test(text) ? NUMBER.lastIndex : -1;
}
