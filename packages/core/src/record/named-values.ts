/**
 * Finds values in a text whose names are in another member of their object: `{ name: 'password', type: 'text', value: '…' }`, in any
 * order, as `console.log` or JSON shows it, also JSON in JSON. Pure; linear in the length of the text.
 */
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COMMA,
  QUOTE as DOUBLE,
  OPEN_LIST,
  OPEN_OBJECT,
} from './json-line.ts';
import {
  BLANKS,
  COLOR,
  endOfMatch,
  QUOTE,
  type Range,
  type Rules,
  skipBlanks,
} from './text-parts.ts';

const CALLED_VALUE = /^values?$/i;
const A_COLOR = new RegExp(COLOR, 'iy');
const A_QUOTE = new RegExp(QUOTE, 'y');
const VALUE = new RegExp(`(?:(?<![\\w$.-])|(?<=${COLOR}))values?(?=${BLANKS}(?::|=>))`, 'iy');
const BEHIND_KEY = new RegExp(`${BLANKS}(?::|=>)`, 'y');
const BEFORE_BRACKET = new RegExp(`${BLANKS}[{[]`, 'y');
const BEFORE_STRING = tableOf(/[:,{[(>]/);
const WORD = tableOf(/\w/);
const BLANK = /\s/;
/** Four kinds of quotes for each level of JSON in JSON. */
const MAX_QUOTES = 128;
const NEWLINE = 0x0a;
const ESCAPE = 0x1b;
const SPACE = 0x20;
const SINGLE = 0x27;
const COLON = 0x3a;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const LARGE_V = 0x56;
const BACKSLASH = 0x5c;
const BACKTICK = 0x60;
const SMALL_V = 0x76;
const DELETE = 0x7f;
/** If more brackets and quotes are open, the rest is hidden. */
const MAX_OPEN = 100_000;
const MAX_NAME_LENGTH = 1024;

type NameRules = Pick<Rules, 'hidesAnywhere'>;

/** A bracket or quote that is not closed. The first one stands for the text itself. */
interface Open {
  /** The code of a bracket. For a quote, its place among those that can be open, below zero. */
  readonly closes: number;
  /** Where its content begins. */
  readonly start: number;
  readonly isValue: boolean;
  values: Range[] | undefined;
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
export function namedValues(text: string, rules: NameRules, isWrapped: boolean): Range[] {
  // Most texts have none, which is found out in a tenth of the time.
  const hasValues = text.includes('alue') || text.includes('ALUE');
  return hasValues ? new Reader(text, rules, isWrapped).read() : [];
}

/** Looks at each character: a text can have a million of those that matter, each of which would be a match. */
class Reader {
  readonly #text: string;
  readonly #rules: NameRules;
  readonly #isWrapped: boolean;
  readonly #open: Open[] = [];
  /** For each kind of quote at each level: its place in `#open`, or 0. */
  readonly #quotes = new Int32Array(MAX_QUOTES);
  /** No quote at or behind this place of `#quotes` is open. */
  #quotesEnd = 0;
  readonly #found: Range[] = [];
  #behindColor = 0;
  /** The last position that was neither a blank nor in a color. */
  #last = -1;

  constructor(text: string, rules: NameRules, isWrapped: boolean) {
    this.#text = text;
    this.#rules = rules;
    this.#isWrapped = isWrapped;
    this.#push(0, 0);
  }

  read(): Range[] {
    const { length } = this.#text;
    let at = 0;
    while (at < length && this.#open.length < MAX_OPEN) {
      const code = this.#text.charCodeAt(at);
      const end = this.#take(code, at);
      const isBlank = (code <= SPACE || code > DELETE) && BLANK.test(this.#text.charAt(at));
      if (!isBlank && end !== this.#behindColor) this.#last = end - 1;
      at = end;
    }
    if (at < length) this.#found.push({ start: at, end: length });
    this.#closeFrom(0, length);
    return this.#found;
  }

  /** @returns Where the next character begins. */
  #take(code: number, at: number): number {
    switch (code) {
      case ESCAPE: {
        const end = endOfMatch(A_COLOR, this.#text, at);
        if (end === at) break;
        this.#behindColor = end;
        return end;
      }
      case BACKSLASH:
      case DOUBLE:
      case SINGLE:
      case BACKTICK:
        return this.#readQuote(at);
      case OPEN_OBJECT:
        this.#push(CLOSE_OBJECT, at + 1);
        break;
      case OPEN_LIST:
        this.#push(CLOSE_LIST, at + 1);
        break;
      case CLOSE_OBJECT:
      case CLOSE_LIST:
        if (code === this.#top.closes) this.#closeFrom(this.#open.length - 1, at);
        break;
      case COMMA:
        this.#endValue(this.#top, at);
        break;
      case NEWLINE:
        this.#closeFrom(this.#firstQuote(), at);
        break;
      case SMALL_V:
      case LARGE_V: {
        const end = endOfMatch(VALUE, this.#text, at);
        if (end === at) break;
        this.#beginValue(end);
        return end;
      }
    }
    return at + 1;
  }

  get #top(): Open {
    return this.#open.at(-1) as Open;
  }

  #firstQuote(): number {
    let first = Number.POSITIVE_INFINITY;
    for (let quote = 0; quote < this.#quotesEnd; quote++) {
      const at = this.#quotes[quote] as number;
      if (at > 0 && at < first) first = at;
    }
    return first;
  }

  #push(closes: number, start: number, isValue = false): void {
    this.#open.push({ closes, start, isValue, values: undefined, isNamed: false, valueAt: -1 });
  }

  /** @param at Where its backslashes begin. */
  #readQuote(at: number): number {
    let sign = at;
    while (this.#text.charCodeAt(sign) === BACKSLASH) sign++;
    const code = this.#text.charCodeAt(sign);
    if (code !== DOUBLE && code !== SINGLE && code !== BACKTICK) return sign;
    // It belongs to the end of a link.
    if (this.#text.charCodeAt(at - 1) === BACKSLASH) return sign + 1;
    const isTwo = code === DOUBLE && this.#text.charCodeAt(sign + 1) === DOUBLE;
    const end = isTwo ? endOfMatch(A_QUOTE, this.#text, sign) : sign + 1;
    this.#takeQuote(at, sign, end);
    return end;
  }

  #takeQuote(index: number, sign: number, end: number): void {
    const code = this.#text.charCodeAt(sign);
    const kind = end - sign > 1 ? 3 : code === DOUBLE ? 2 : code === SINGLE ? 1 : 0;
    const quote = 4 * (1 + levelOf(sign - index, this.#isWrapped)) + kind;
    const before = this.#text.charCodeAt(this.#last);
    // A quote that must open a string closes none: what seemed to open one was something else, such as an apostrophe.
    const opens = BEFORE_STRING[before] === 1 && WORD[this.#text.charCodeAt(end)] === 1;
    const at = opens ? 0 : (this.#quotes[quote] as number);
    if (at === 0) {
      // Behind a letter it is an apostrophe, or stands for inches.
      const canOpen = index === this.#behindColor || WORD[this.#text.charCodeAt(index - 1)] !== 1;
      if (!canOpen || (this.#isWrapped && this.#isAround(before, end))) return;
      this.#quotes[quote] = this.#open.length;
      this.#quotesEnd = Math.max(this.#quotesEnd, quote + 1);
      const isArrow = before === GREATER && this.#text.charCodeAt(this.#last - 1) === EQUALS;
      this.#push(-1 - quote, end, before === COLON || isArrow);
      return;
    }
    const { start, isValue } = this.#open[at] as Open;
    this.#closeFrom(at, index);
    if (index - start > MAX_NAME_LENGTH) return;
    const content = this.#text.slice(start, index);
    if (isValue) this.#top.isNamed ||= this.#rules.hidesAnywhere(content);
    else if (CALLED_VALUE.test(content)) this.#beginValue(end);
  }

  /** Whether it is a quote around an object. */
  #isAround(before: number, end: number): boolean {
    const isBehind = before === CLOSE_OBJECT || before === CLOSE_LIST;
    return isBehind || endOfMatch(BEFORE_BRACKET, this.#text, end) > end;
  }

  #beginValue(end: number): void {
    const at = endOfMatch(BEHIND_KEY, this.#text, end);
    if (at > end && this.#top.valueAt < 0) this.#top.valueAt = skipBlanks(this.#text, at);
  }

  #endValue(inside: Open, end: number): void {
    const { valueAt: start } = inside;
    if (start < 0) return;
    inside.valueAt = -1;
    if (start >= end) return;
    inside.values ??= [];
    inside.values.push({ start, end });
  }

  /** Closes what is open from here on. */
  #closeFrom(at: number, index: number): void {
    let end = -1;
    while (this.#open.length > at) {
      const inside = this.#open.pop() as Open;
      if (inside.closes < 0) this.#quotes[-1 - inside.closes] = 0;
      // Once for all of them: there may be many, and many blanks.
      if (inside.valueAt >= 0 && end < 0) end = this.#text.slice(0, index).trimEnd().length;
      this.#endValue(inside, end);
      if (inside.isNamed) for (const value of inside.values ?? []) this.#found.push(value);
    }
  }
}

/** By code of ASCII: 1 for the characters that the pattern matches. */
function tableOf(pattern: RegExp): Uint8Array {
  return Uint8Array.from({ length: 0x80 }, (_, code) =>
    Number(pattern.test(String.fromCharCode(code))),
  );
}

/**
 * How deep in JSON in JSON a quote is: it has 1, 3, 7, … backslashes before it, after those of the text, which are doubled at each level.
 * In a string with other quotes, all of them are doubled once more.
 */
function levelOf(backslashes: number, isWrapped: boolean): number {
  if (backslashes % 2 === 0) return isWrapped && backslashes % 4 === 2 ? -1 : 0;
  return 1 + levelOf((backslashes - 1) / 2, isWrapped);
}
