/**
 * Masks values in a text that names their fields: an object as `console.log` shows it, `key=value`, a query, a header, JSON in
 * the middle of a sentence. Quotes or brackets show where a value ends; without them rather too much is masked. Pure; linear in
 * the length of the text.
 */
import { MASKED } from './masked.ts';

/** The part of the rules that matters here. */
interface Rules {
  hidesInText(name: string): boolean;
}

const BLANK = 0x20;
/** Between a name and its value. */
const SEPARATOR = /[:=]+>?/g;
/** No field has a longer name. */
const MAX_NAME_LENGTH = 128;
const MAX_BLANKS = 16;
/** Parts of a name with brackets, such as `user[address][0]`. */
const MAX_PARTS = 8;
const BLANKS = /\s*/y;
/** What can come before brackets that belong to a value: the class of an object, or `[Object: null prototype] {`. */
const BEFORE_BRACKET = /\s?(?:[\w$.]{1,80}(?:\(\d{1,10}\))? )?(?=[{[<])/y;
const OPENING_QUOTE = /\\*["'`]/y;
/** Node splits long strings over several lines. */
const GOES_ON = /\s*\+\s*(?=["'`])/y;
/** What may follow the quote or bracket that ends a value. If something else follows, the value goes on. */
const BEHIND_ASSIGNED = /[\s,;})\]>"'`\\&]|$/y;
const BEHIND_NAMED = /[^\S\r\n]*(?:[\r\n,;})\]>"'`\\]|$)/y;
/** After an equals sign, a value without quotes ends at the next blank, or where the next value is assigned. */
const END_OF_ASSIGNED = /\s|[&;](?=[^\s&;=]{1,128}=)|$/g;
/** After a colon, as in a header, it can contain blanks. It ends with the line, or where the next name with a colon begins. */
const END_OF_NAMED =
  /[\r\n]|[,;](?=(?:[ \t]{1,16}\\{0,16}["'`]?|\\{0,16}["'`])[\w$@.\-\u0080-\uffff]{1,128}\\{0,16}["'`]?[ \t]{0,16}:)|$/g;
const BRACKETS: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')', '<': '>' };
const BRACKET_OR_QUOTE = /[{}[\]()<>"'`]/g;

/** The text, with `***` for the values of the names that the rules hide. */
export function maskAssignments(text: string, rules: Rules): string {
  let masked = '';
  let copied = 0;
  SEPARATOR.lastIndex = 0;
  for (let found = SEPARATOR.exec(text); found !== null; found = SEPARATOR.exec(text)) {
    if (!isHiddenBefore(text, found.index, rules)) continue;
    const start = endOfMatch(BLANKS, text, found.index + found[0].length);
    const end = endOfValue(text, start, found[0].startsWith('='));
    if (end > start) {
      masked += `${text.slice(copied, start)}${MASKED}`;
      copied = end;
    }
    SEPARATOR.lastIndex = Math.max(end, found.index + found[0].length);
  }
  return copied === 0 ? text : masked + text.slice(copied);
}

/** Whether the name before a separator is hidden, or what it is a member of: `user[password][0]`, also encoded for a URL. */
function isHiddenBefore(text: string, separator: number, rules: Rules): boolean {
  let end = separator;
  while (text.charCodeAt(end - 1) <= BLANK && separator - end < MAX_BLANKS) end--;
  for (let part = 0; part < MAX_PARTS; part++) {
    const closing = bracketBefore(text, end, ']', '5D');
    const behind = end - closing;
    end = isQuote(text[behind - 1]) ? behind - 1 : behind;
    const isQuoted = end < behind;
    while (isQuoted && text[end - 1] === '\\') end--;
    let start = startOfName(text, end);
    // An encoded bracket ends in what could begin a name.
    if (closing === 3 && bracketBefore(text, start + 2, '', '5B') > 0) start += 2;
    const name = text.slice(start, end);
    if (name !== '' && rules.hidesInText(name)) return true;
    if (closing === 0) return false;
    if (isQuoted) start--;
    const opening = bracketBefore(text, start, '[', '5B');
    if (opening === 0) return false;
    end = start - opening;
  }
  return false;
}

function startOfName(text: string, end: number): number {
  let start = end;
  while (end - start <= MAX_NAME_LENGTH && isOfName(text.charCodeAt(start - 1))) start--;
  while (start < end && !isFirstOfName(text[start] as string)) start++;
  return start;
}

/** The length of a bracket that ends here; 0 for none. */
function bracketBefore(text: string, end: number, bracket: string, encoded: string): number {
  if (bracket !== '' && text[end - 1] === bracket) return 1;
  return text[end - 3] === '%' && text.slice(end - 2, end).toUpperCase() === encoded ? 3 : 0;
}

/** Letters of any language, digits, and `_ $ @ . -`. */
function isOfName(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x40 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x24 ||
    code === 0x2e ||
    code === 0x2d ||
    code > 0x7f
  );
}

function isFirstOfName(sign: string): boolean {
  return sign !== '.' && sign !== '-';
}

function endOfValue(text: string, start: number, isAssigned: boolean): number {
  const end = endOfQuoted(text, start) ?? endOfBracketed(text, start);
  const behind = isAssigned ? BEHIND_ASSIGNED : BEHIND_NAMED;
  behind.lastIndex = end;
  if (end > start && behind.test(text)) return end;
  const ends = isAssigned ? END_OF_ASSIGNED : END_OF_NAMED;
  ends.lastIndex = end;
  return ends.exec(text)?.index ?? text.length;
}

/** The position after the last bracket of an object or list; the same position if there is none. */
function endOfBracketed(text: string, start: number): number {
  let end = start;
  for (;;) {
    const bracket = endOfMatch(BEFORE_BRACKET, text, end);
    if (bracket === end && !isOpening(text[end])) return end;
    end = endOfBrackets(text, bracket);
  }
}

function isOpening(sign: string | undefined): boolean {
  return sign !== undefined && BRACKETS[sign] !== undefined;
}

/** The position after the closing quote; undefined if no quote opens. A string without an end goes to the end of the text. */
function endOfQuoted(text: string, start: number): number | undefined {
  let end: number | undefined;
  for (let at = start; ; ) {
    const behind = endOfMatch(OPENING_QUOTE, text, at);
    if (behind === at) return end;
    end = endOfString(text, behind, behind - 1 - at);
    at = endOfMatch(GOES_ON, text, end);
    if (at === end) return end;
  }
}

/**
 * The end of a string in JSON, which can itself be inside a string of JSON, and so on. Each level adds a backslash before a
 * quote, and doubles the backslashes that are already there.
 * @param backslashes The number of backslashes before the opening quote.
 */
function endOfString(text: string, start: number, backslashes: number): number {
  const quote = text[start - 1] as string;
  const doubled = 2 * (backslashes + 1);
  let at = text.indexOf(quote, start);
  while (at >= 0 && backslashesBefore(text, at, start) % doubled !== backslashes) {
    at = text.indexOf(quote, at + 1);
  }
  return at < 0 ? text.length : at + 1;
}

function backslashesBefore(text: string, at: number, start = 0): number {
  let before = at;
  while (before > start && text[before - 1] === '\\') before--;
  return at - before;
}

/** The position after the bracket that closes the one here; the end of the text if none does. */
function endOfBrackets(text: string, start: number): number {
  const closing: string[] = [];
  BRACKET_OR_QUOTE.lastIndex = start;
  for (let found = BRACKET_OR_QUOTE.exec(text); found; found = BRACKET_OR_QUOTE.exec(text)) {
    const [sign] = found;
    const closes = BRACKETS[sign];
    if (closes !== undefined) closing.push(closes);
    else if (sign === closing.at(-1)) closing.pop();
    else if (isQuote(sign)) {
      const backslashes = backslashesBefore(text, found.index);
      BRACKET_OR_QUOTE.lastIndex = endOfString(text, found.index + 1, backslashes);
    }
    if (closing.length === 0) return found.index + 1;
  }
  return text.length;
}

function isQuote(sign: string | undefined): boolean {
  return sign === '"' || sign === "'" || sign === '`';
}

/** The end of the match that begins here; the same position if there is none. */
function endOfMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
