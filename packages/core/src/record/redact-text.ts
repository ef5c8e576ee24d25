/**
 * Redacts values in a text that names their fields: an object as `console.log` shows it, `key=value`, a query, a header, a list of
 * names and values, JSON in the middle of a sentence. Quotes or brackets show where a value ends; without them rather too much is
 * redacted. Pure; linear in the length of the text.
 */
import { decode } from './encoded-text.ts';
import { stripEscapes } from './escapes.ts';
import { namedValues } from './named-values.ts';
import { REDACTED } from './redacted.ts';
import {
  AROUND_PARTS,
  BLANKS,
  COLOR,
  edited,
  endOfMatch,
  QUOTE,
  type Range,
  type Rules,
  skipBlanks,
  united,
} from './text-parts.ts';

/**
 * Bounds the work: values can be nested, and a text is read once more for each way in which it can be decoded. All values together may
 * have this many times the characters of the text. Beyond that, the rest of the text is hidden.
 */
const MAX_READINGS = 8;
/** Bounds the number of values in the same way. A short text may consist of nothing else, however it is decoded. */
const MIN_VALUES = 4096;
const LENGTH_PER_VALUE = 8;
/** What is encoded more often stays as it is. */
const MAX_LEVELS = 3;
/** Between a name and its value, also in full width. In a list that is the comma behind a quoted name. */
const SEPARATOR = new RegExp(`[:=：＝]+>?|["'\`]${BLANKS},`, 'g');
/** A name with its quotes and brackets, as in `user['password'][0]`, and what stands in front of it. */
const NAME_BEFORE = new RegExp(
  `(?<=([[{,:]?${BLANKS})((?:${COLOR}|[^\\s!#&()*+,/:;<=>?^{|}~\\u3000-\\u3020\\uff01-\\uff20]){0,1024})(${BLANKS}))`,
  'y',
);
const IS_PLAIN = /^[\w.-]*$/;
/** What begins a value after a colon. Before anything else, the name is a file or a host: `password.js:12`, `password.example.com: x`. */
const BEGINS_VALUE = /\s{0,16}["'`[{]|\s{1,16}[-\d]/y;
const QUOTED = /["'`]/;
/** The list itself can be in quotes. */
const LISTED = new RegExp(`^:?(?:[\\s"'\`\\\\]|${COLOR})*[[{,](?:[\\s[\\\\]|${COLOR})*["'\`]`);
/** What can come before brackets that belong to a value: the class of an object, or `[Object: null prototype] {`. */
const BEFORE_BRACKET = new RegExp(
  `(?:${COLOR})?\\s?(?:[\\w$.\\u0080-\\uffff]{1,80}(?:\\(\\d{1,10}\\))? )?(?=[{[<])`,
  'y',
);
const OPENING_QUOTE = new RegExp(`\\\\*${QUOTE}`, 'y');
/** An object or list in quotes that may not be escaped inside it: `data="{"name":"password","value":"…"}"`. */
const WRAPPED = new RegExp(`["'\`]${BLANKS}[{[]`);
/** Node splits long strings over several lines. */
const GOES_ON = new RegExp(`${BLANKS}\\+${BLANKS}(?=["'\`])`, 'y');
const OPENING = '{[(<';
const CLOSING = Buffer.from('}])>');
const QUOTES = [...Buffer.from(`"'\``)];
/** By the code of a bracket: the code of the one that closes it. Closing brackets and quotes have their own code. */
const CLOSES = new Uint8Array(0x80);
for (const code of [...QUOTES, ...CLOSING]) CLOSES[code] = code;
for (const [at, code] of CLOSING.entries()) CLOSES[OPENING.charCodeAt(at)] = code;

/** How a value ends: what must follow its closing quote or bracket (otherwise it goes on), and where a value without these ends. */
interface Ends {
  readonly behind: RegExp;
  readonly without: RegExp;
}

/** After an equals sign: at the next blank, except that of `Bearer …` and the like, or where the next value is assigned. */
const ASSIGNED: Ends = {
  behind: /[\s,;})\]>"'`\\&]|$/y,
  without:
    /(?<!= ?(?:api-?key|basic|bearer|dpop|jwt|negotiate|ntlm|oauth|privatetoken|ssws|token)\s{0,8})\s|[&;](?=[^\s&;=]{1,128}=)|$/gi,
};
/** What may follow the quote or bracket that closes a value. */
const BEHIND = '(?:[\\r\\n,;})\\]>"\'`\\\\]|$)';
/** After a colon, as in a header, it can contain blanks: it ends with the line, or where the next name with a colon begins. */
const NAMED: Ends = {
  behind: new RegExp(`[^\\S\\r\\n]*${BEHIND}`, 'y'),
  without:
    /[\r\n]|[,;](?=(?:[ \t]{1,16}\\{0,16}["'`]?|\\{0,16}["'`])[\w$@.\-\u0080-\uffff]{1,128}\\{0,16}["'`]?[ \t]{0,16}:)|$/g,
};
/** Blanks of a URL may stand between. */
const BEHIND_EQUALS = /=(?:%(?:20|0[9a-d]))*$/i;
const MAX_BEHIND = 32;
const ENCODED_BLANK = /^(?:%(?:20|0[9ad])|\+)/i;
const OF_LIST: Ends = {
  behind: new RegExp(`${BLANKS}${BEHIND}`, 'y'),
  without: /[\s,;})\]]|$/g,
};

/** How many more characters of values, and how many more values, may be read for one text. */
interface Budget {
  left: number;
  values: number;
}

/** The text, with `***` for the values of the names that the rules hide. */
export function redactAssignments(text: string, rules: Rules): string {
  const budget = {
    left: MAX_READINGS * text.length,
    values: MIN_VALUES + text.length / LENGTH_PER_VALUE,
  };
  const hidden = hiddenIn(text, rules, budget, MAX_LEVELS).map((range) => ({
    ...range,
    text: REDACTED,
  }));
  return edited(text, hidden);
}

/** What is hidden in the text as it stands, and after decoding it. */
function hiddenIn(text: string, rules: Rules, budget: Budget, levels: number): Range[] {
  const asItStands = read(text, rules, budget, false);
  const found = WRAPPED.test(text)
    ? united([...asItStands, ...read(text, rules, budget, true)])
    : asItStands;
  const decoded = levels > 0 ? decode(text) : undefined;
  if (decoded === undefined) return found;
  const wholeEnd = behindEncoded(text, budget);
  let quoted = 0;
  const deeper = hiddenIn(decoded.text, rules, budget, levels - 1).map((range) => {
    const start = decoded.place(range.start);
    // Only a quote that is encoded in the same way closes it. Others can be part of the value.
    if (start >= quoted && QUOTED.test(decoded.text[range.start] ?? '')) {
      quoted = endOfString(text, start, decoded.place(range.start + 1), false);
    }
    return { start, end: Math.max(quoted, wholeEnd(start, decoded.place(range.end))) };
  });
  return united([...found, ...deeper]);
}

/** @param isWrapped Whether objects are taken for the content of a string with quotes around it. */
function read(text: string, rules: Rules, budget: Budget, isWrapped: boolean): Range[] {
  if (rules.mentions(text) < 0) return [];
  const found = assigned(text, rules, budget, isWrapped);
  const named = namedValues(text, rules, isWrapped);
  return named.length > 0 ? united([...found, ...named]) : found;
}

/**
 * If the equals sign of a URL is not encoded, everything encoded after it belongs to its value: both words of `user%5Bpin%5D=a%20b`,
 * all of `a%26b%3Dc`. If it is encoded, too, a blank does not end a value. Call it with increasing positions: a text around many values
 * is searched once.
 */
function behindEncoded(text: string, budget: Budget): (start: number, end: number) => number {
  let last = 0;
  const endOfUnclosed = unclosedEnds(text, budget);
  return (start, end) => {
    if (text[end] !== '%' && text[end] !== '+') return end;
    const isBehind = BEHIND_EQUALS.test(text.slice(Math.max(0, start - MAX_BEHIND), start));
    if (!isBehind && !ENCODED_BLANK.test(text.slice(end, end + 3))) return end;
    const from = isBehind ? start : end;
    if (from >= last) last = endOfValue(text, from, ASSIGNED, false, endOfUnclosed).end;
    return Math.max(end, last);
  };
}

function assigned(text: string, rules: Rules, budget: Budget, isWrapped: boolean): Range[] {
  const found: Range[] = [];
  const endOfUnclosed = unclosedEnds(text, budget);
  let wholeUntil = 0;
  // Other names count inside of a value, too: it may only seem to be one, as behind `url: '/?token='`.
  for (let at = rules.mentions(text); at >= 0; at = rules.mentions(text, at)) {
    SEPARATOR.lastIndex = at;
    const match = SEPARATOR.exec(text);
    if (match === null) break;
    at = SEPARATOR.lastIndex;
    const { index, 0: separator } = match;
    const ends = endsOf(separator);
    const name = nameBefore(text, index, ends);
    // Colors can contain colons: of many in a row, each would be read again before the next one.
    budget.left -= name.length;
    const isPath = ends === NAMED && endOfMatch(BEGINS_VALUE, text, at) === at;
    if (budget.left >= 0 && !followsHidden(name, ends, isPath, rules)) continue;
    const start = skipBlanks(text, index + separator.length);
    const { closed, end } = endOfValue(text, start, ends, isWrapped, endOfUnclosed);
    budget.left -= closed - start;
    budget.values--;
    if (budget.left < 0 || budget.values < 0)
      return united([...found, { start, end: text.length }]);
    // Without quotes or brackets of its own, it ends with the value around it.
    if (closed === start && start < wholeUntil) continue;
    if (end > start) found.push({ start, end });
    if (end === closed) wholeUntil = Math.max(wholeUntil, end);
  }
  return united(found);
}

/**
 * Where a value without a closing quote or bracket ends. The end is searched once for all values that begin before it. Of nested values
 * with brackets the outermost is searched first, so for the others the text is searched again.
 */
function unclosedEnds(text: string, budget: Budget): (from: number, ends: Ends) => number {
  const known = new Map<RegExp, Range>();
  return (from, { without }) => {
    const last = known.get(without);
    if (last !== undefined && from >= last.start && from <= last.end) return last.end;
    without.lastIndex = from;
    const end = without.exec(text)?.index ?? text.length;
    budget.left -= end - from;
    known.set(without, { start: from, end });
    return end;
  };
}

function endsOf(separator: string): Ends {
  if (QUOTED.test(separator)) return OF_LIST;
  return /^[:：]/.test(separator) ? NAMED : ASSIGNED;
}

interface NameBefore {
  readonly before: string;
  readonly token: string;
  /** With all blanks. */
  readonly length: number;
}

function nameBefore(text: string, at: number, ends: Ends): NameBefore {
  NAME_BEFORE.lastIndex = ends === OF_LIST ? at + 1 : at;
  const [, before = '', token = '', blanks = ''] = NAME_BEFORE.exec(text) ?? [];
  return { before, token, length: before.length + token.length + blanks.length };
}

function followsHidden(
  { before, token }: NameBefore,
  ends: Ends,
  isPath: boolean,
  rules: Rules,
): boolean {
  if (ends === OF_LIST && !LISTED.test(before + token)) return false;
  return isHidden(token, isPath, rules);
}

/** Whether a name is hidden, or is that of a member of something hidden. */
function isHidden(token: string, isPath: boolean, rules: Rules): boolean {
  if (token === '') return false;
  if (IS_PLAIN.test(token)) {
    return rules.hidesAnywhere(isPath ? token.slice(token.lastIndexOf('.') + 1) : token);
  }
  const parts = stripEscapes(token).split(AROUND_PARTS);
  return parts.some((part) => rules.hidesAnywhere(part));
}

/** The end of the value, and the position after its own closing quote or bracket. */
function endOfValue(
  text: string,
  start: number,
  ends: Ends,
  isWrapped: boolean,
  endOfUnclosed: (from: number, ends: Ends) => number,
): { readonly closed: number; readonly end: number } {
  const closed = endOfQuoted(text, start, isWrapped) ?? endOfBracketed(text, start, isWrapped);
  const { behind } = ends;
  behind.lastIndex = closed;
  const isWhole = closed > start && behind.test(text);
  return { closed, end: isWhole ? closed : endOfUnclosed(closed, ends) };
}

/** The position after the last bracket of an object or list; the same position if there is none. */
function endOfBracketed(text: string, start: number, isWrapped: boolean): number {
  let end = start;
  for (;;) {
    const bracket = endOfMatch(BEFORE_BRACKET, text, end);
    if (bracket === end && !OPENING.includes(text[end] ?? ' ')) return end;
    end = endOfBrackets(text, bracket, isWrapped);
  }
}

/** The position after the closing quote; undefined if no quote opens. A string without an end goes to the end of the text. */
function endOfQuoted(text: string, start: number, isWrapped: boolean): number | undefined {
  let end: number | undefined;
  for (let at = start; ; ) {
    const behind = endOfMatch(OPENING_QUOTE, text, at);
    if (behind === at) return end;
    end = endOfString(text, at, behind, isWrapped);
    at = endOfMatch(GOES_ON, text, end);
    if (at === end) return end;
  }
}

/**
 * The end of a string in JSON, which can itself be inside a string of JSON, and so on. Each level adds a backslash before a
 * quote, and doubles the backslashes that are already there. A string with other quotes, in which `inspect` shows JSON, only doubles
 * them: then a quote of the value has as many as one that comes behind a backslash.
 * @param at Where the backslashes of its opening quote begin. @param start What comes behind this quote.
 */
function endOfString(text: string, at: number, start: number, isWrapped: boolean): number {
  let backslashes = 0;
  while (text[at + backslashes] === '\\') backslashes++;
  const quote = text.slice(at + backslashes, start);
  const period = (isWrapped ? 4 : 2) * (backslashes + 1);
  let end = text.indexOf(quote, start);
  while (end >= 0 && backslashesBefore(text, end, start) % period !== backslashes) {
    end = text.indexOf(quote, end + 1);
  }
  return end < 0 ? text.length : end + quote.length;
}

function backslashesBefore(text: string, at: number, start = 0): number {
  let before = at;
  while (before > start && text[before - 1] === '\\') before--;
  return at - before;
}

/** The position after the bracket that closes the one here; the end of the text if none does. */
function endOfBrackets(text: string, start: number, isWrapped: boolean): number {
  const closing: number[] = [];
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const closes = CLOSES[code];
    // Nearly all characters.
    if (closes === 0 || closes === undefined) continue;
    if (closes !== code) closing.push(closes);
    else if (QUOTES.includes(code)) {
      at = endOfString(text, at - backslashesBefore(text, at), at + 1, isWrapped) - 1;
    } else if (code === closing.at(-1)) closing.pop();
    if (closing.length === 0) return at + 1;
  }
  return text.length;
}
