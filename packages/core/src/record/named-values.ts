/**
 * Finds values in a text whose names are in another member of their object: `{ name: 'password', type: 'text', value: '…' }`, in any
 * order, as `console.log` or JSON shows it, also JSON in JSON. Pure; linear in the length of the text.
 */
import {
  BLANKS,
  COLOUR,
  endOfMatch,
  QUOTE,
  type Range,
  type Rules,
  skipBlanks,
} from './text-parts.ts';

const CALLED_VALUE = /^values?$/i;
const TOKEN = new RegExp(
  `(${COLOUR})|(?<!\\\\)(\\\\*)(${QUOTE})|[{}[\\],]|\\n+|(?:(?<![\\w$.-])|(?<=${COLOUR}))values?(?=${BLANKS}(?::|=>))`,
  'gi',
);
const BEFORE_VALUE = new RegExp(`(?<=(?::|=>)${BLANKS})`, 'y');
const BEFORE_STRING = new RegExp(`(?<=[:,{[(>]${BLANKS})`, 'y');
const BEHIND_KEY = new RegExp(`${BLANKS}(?::|=>)`, 'y');
const BEFORE_BRACKET = new RegExp(`${BLANKS}[{[]`, 'y');
const BEHIND_BRACKET = new RegExp(`(?<=[}\\]]${BLANKS})`, 'y');
const CLOSING: ReadonlyMap<string, string> = new Map([
  ['{', '}'],
  ['[', ']'],
]);
const MAX_NAME_LENGTH = 1024;

/** A bracket or quote that is not closed. The first one stands for the text itself. */
interface Open {
  readonly closes: string;
  /** Where its content begins. */
  readonly start: number;
  readonly isValue: boolean;
  readonly values: Range[];
  /** Whether a member of it is a hidden name. */
  isNamed: boolean;
  /** Where a value begins that has not ended; -1 without one. */
  valueAt: number;
}

/**
 * The values that the rules hide.
 *
 * @param isWrapped Whether objects are taken for the content of a string, of which the quotes are left out.
 */
export function namedValues(text: string, rules: Rules, isWrapped: boolean): Range[] {
  // Most texts have none, which is found out in a tenth of the time.
  const hasValues = text.includes('alue') || text.includes('ALUE');
  return hasValues ? new Reader(text, rules, isWrapped).read() : [];
}

class Reader {
  readonly #text: string;
  readonly #rules: Rules;
  readonly #isWrapped: boolean;
  readonly #open: Open[] = [];
  /** Where the open quotes are. At most one of each sign at each level of JSON in JSON. */
  readonly #quotes = new Map<string, number>();
  readonly #found: Range[] = [];

  constructor(text: string, rules: Rules, isWrapped: boolean) {
    this.#text = text;
    this.#rules = rules;
    this.#isWrapped = isWrapped;
    this.#push('', 0);
  }

  read(): Range[] {
    let behindColour = 0;
    for (const { 0: token, 1: colour, 2: escapes, 3: quote, index } of this.#text.matchAll(TOKEN)) {
      const end = index + token.length;
      if (colour !== undefined) behindColour = end;
      else if (escapes !== undefined) {
        // Behind a letter it is an apostrophe, or stands for inches.
        const canOpen = index === behindColour || !/\w/.test(this.#text.charAt(index - 1));
        this.#takeQuote(`${levelOf(escapes.length, this.#isWrapped)}${quote}`, index, end, canOpen);
      } else if (CLOSING.has(token)) this.#push(CLOSING.get(token) as string, end);
      else if (token.startsWith('\n')) this.#closeFrom(Math.min(...this.#quotes.values()), index);
      else if (token === ',') this.#endValue(this.#top, index);
      else if (token !== ']' && token !== '}') this.#beginValue(end);
      else if (token === this.#top.closes) this.#closeFrom(this.#open.length - 1, index);
    }
    this.#closeFrom(0, this.#text.length);
    return this.#found;
  }

  get #top(): Open {
    return this.#open.at(-1) as Open;
  }

  #push(closes: string, start: number, isValue = false): void {
    this.#open.push({ closes, start, isValue, values: [], isNamed: false, valueAt: -1 });
  }

  #takeQuote(closes: string, index: number, end: number, canOpen: boolean): void {
    BEFORE_STRING.lastIndex = index;
    // Then it closes no string: what seemed to open one was something else, such as an apostrophe.
    const opens = BEFORE_STRING.test(this.#text) && /\w/.test(this.#text.charAt(end));
    const at = opens ? undefined : this.#quotes.get(closes);
    if (at === undefined) {
      if (!canOpen || (this.#isWrapped && this.#isAround(index, end))) return;
      this.#quotes.set(closes, this.#open.length);
      BEFORE_VALUE.lastIndex = index;
      this.#push(closes, end, BEFORE_VALUE.test(this.#text));
      return;
    }
    const { start, isValue } = this.#open[at] as Open;
    this.#closeFrom(at, index);
    if (index - start > MAX_NAME_LENGTH) return;
    const content = this.#text.slice(start, index);
    if (isValue) this.#top.isNamed ||= this.#rules.hidesAnywhere(content);
    else if (CALLED_VALUE.test(content)) this.#beginValue(end);
  }

  #isAround(index: number, end: number): boolean {
    BEHIND_BRACKET.lastIndex = index;
    BEFORE_BRACKET.lastIndex = end;
    return BEHIND_BRACKET.test(this.#text) || BEFORE_BRACKET.test(this.#text);
  }

  #beginValue(end: number): void {
    const at = endOfMatch(BEHIND_KEY, this.#text, end);
    if (at > end && this.#top.valueAt < 0) this.#top.valueAt = skipBlanks(this.#text, at);
  }

  #endValue(inside: Open, end: number): void {
    const { valueAt: start, values } = inside;
    if (start >= 0 && start < end) values.push({ start, end });
    inside.valueAt = -1;
  }

  /** Closes what is open from here on. */
  #closeFrom(at: number, index: number): void {
    // Once for all of them: there may be many, and many blanks.
    const end = this.#open.length > at ? this.#text.slice(0, index).trimEnd().length : index;
    while (this.#open.length > at) {
      const inside = this.#open.pop() as Open;
      this.#quotes.delete(inside.closes);
      this.#endValue(inside, end);
      if (inside.isNamed) for (const value of inside.values) this.#found.push(value);
    }
  }
}

/**
 * A quote in JSON in JSON has 1, 3, 7, … backslashes before it, and those of what is before it twice. In a string with other quotes,
 * all of them are there twice.
 */
function levelOf(backslashes: number, isWrapped: boolean): number {
  if (backslashes % 2 === 0) return isWrapped && backslashes % 4 === 2 ? -1 : 0;
  return 1 + levelOf((backslashes - 1) / 2, isWrapped);
}
