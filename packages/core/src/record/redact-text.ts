/**
 * Redacts values in a text that names their fields: an object as `console.log` shows it, `key=value`, a query, a header, a list of
 * names and values, JSON in the middle of a sentence. Quotes or brackets show where a value ends; without them rather too much is
 * redacted. Pure; linear in the length of the text.
 */
import { stripEscapes } from './escapes.ts';
import { REDACTED } from './redacted.ts';

/** The part of the rules that matters here. */
interface Rules {
  hidesAnywhere(name: string): boolean;
}

/** A change of colour. */
const COLOUR = `${String.fromCharCode(0x1b)}\\[[\\d;]{0,32}m`;
/** Between a name and its value, also inside of a URL. In a list that is the comma behind a quoted name, and what calls the next one `value`. */
const SEPARATOR = /[:=]+>?|%3d|["'`]\s*,\s*(\\*["'`]?values?\\*["'`]?\s*:)?/gi;
/** A name with its quotes and brackets, as in `user['password'][0]`, and what stands in front of it. */
const NAME_BEFORE = new RegExp(
  `(?<=([[,:]?\\s*)((?:${COLOUR}|[^\\s!#&()*+,/:;<=>?^{|}~]){0,1024})(?:\\s|${COLOUR})*)`,
  'y',
);
const IS_PLAIN = /^[\w.-]*$/;
/** Also a line break or a tab, as a text in quotes shows it, and what was encoded. */
const AROUND_PARTS = /(?:\\+[bfnrtv](?=.)|[\s[\]"'`\\?&/!#()*+,:;<=>^{|}~])+/;
/** `\u0077` in JSON, also in JSON in JSON, and `%77` in a URL. */
const ENCODED = /(?<!\\)\\+u([\da-f]{4})|%([\da-f]{2})/gi;
const QUOTED = /["'`]/;
const LISTED = /^:?\s*[[,][\s[\\]*["'`]/;
const CALLED = /^:\s*\\*["'`]/;
const BLANKS = new RegExp(`(?:\\s|${COLOUR})*`, 'y');
/** What can come before brackets that belong to a value: the class of an object, or `[Object: null prototype] {`. */
const BEFORE_BRACKET = /\s?(?:[\w$.]{1,80}(?:\(\d{1,10}\))? )?(?=[{[<])/y;
const OPENING_QUOTE = /\\*["'`]/y;
/** Node splits long strings over several lines. */
const GOES_ON = /\s*\+\s*(?=["'`])/y;
const BRACKETS: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')', '<': '>' };
const BRACKET_OR_QUOTE = /[{}[\]()<>"'`]/g;

/** How a value ends: what may follow its closing quote or bracket, else it goes on, and where one ends that has none. */
interface Ends {
  readonly behind: RegExp;
  readonly without: RegExp;
}

/** After an equals sign: at the next blank, or where the next value is assigned. */
const ASSIGNED: Ends = {
  behind: /[\s,;})\]>"'`\\&]|$/y,
  without: /\s|[&;](?=[^\s&;=]{1,128}=)|$/g,
};
/** After a colon, as in a header, it can contain blanks: with the line, or where the next name with a colon begins. */
const NAMED: Ends = {
  behind: /[^\S\r\n]*(?:[\r\n,;})\]>"'`\\]|$)/y,
  without:
    /[\r\n]|[,;](?=(?:[ \t]{1,16}\\{0,16}["'`]?|\\{0,16}["'`])[\w$@.\-\u0080-\uffff]{1,128}\\{0,16}["'`]?[ \t]{0,16}:)|$/g,
};
const OF_LIST: Ends = { behind: NAMED.behind, without: /[\s,;})\]]|$/g };

/** The text, with `***` for the values of the names that the rules hide. */
export function redactAssignments(text: string, rules: Rules): string {
  let redacted = '';
  let copied = 0;
  // `%3d` can itself be part of a name. Read once for each of them, a name would take quadratic time.
  let from = 0;
  SEPARATOR.lastIndex = 0;
  for (let found = SEPARATOR.exec(text); found !== null; found = SEPARATOR.exec(text)) {
    const { index, 0: separator } = found;
    const behind = index + separator.length;
    const isList = QUOTED.test(separator);
    const ends = isList ? OF_LIST : separator.startsWith(':') ? NAMED : ASSIGNED;
    const isNamed = followsHidden(text, from, found, ends, rules);
    if (separator.startsWith('%')) from = behind;
    if (!isNamed) {
      // What calls the next one `value` can itself be a name.
      if (isList) SEPARATOR.lastIndex = index + 1;
      continue;
    }
    const start = endOfMatch(BLANKS, text, behind);
    const end = endOfValue(text, start, ends);
    if (end > start) {
      redacted += text.slice(copied, start) + REDACTED;
      copied = end;
    }
    // An item of a list can be the name of the next one: `['Vary', 'Cookie', 'Set-Cookie', …]`.
    SEPARATOR.lastIndex = Math.max(isList ? end - 1 : end, behind);
  }
  return copied === 0 ? text : redacted + text.slice(copied);
}

/** Whether this separator follows a hidden name. */
function followsHidden(
  text: string,
  from: number,
  { index, 1: called }: RegExpExecArray,
  ends: Ends,
  rules: Rules,
): boolean {
  const isList = ends === OF_LIST;
  const { token, context } = nameBefore(text, from, isList ? index + 1 : index);
  const isAtName = !isList || (called ? CALLED : LISTED).test(context);
  return isAtName && isHidden(token, ends === NAMED, rules);
}

function nameBefore(text: string, from: number, at: number): { token: string; context: string } {
  NAME_BEFORE.lastIndex = at - from;
  const [, before = '', token = ''] = NAME_BEFORE.exec(text.slice(from)) ?? [];
  return { token, context: before + token };
}

/** Whether a name is hidden, or what it is a member of. */
function isHidden(token: string, isBeforeColon: boolean, rules: Rules): boolean {
  if (token === '') return false;
  if (IS_PLAIN.test(token)) {
    // In `password.js:12` it names a file.
    return rules.hidesAnywhere(isBeforeColon ? token.slice(token.lastIndexOf('.') + 1) : token);
  }
  const decoded = stripEscapes(token).replace(ENCODED, (_, json, url) =>
    String.fromCharCode(Number.parseInt(json ?? url, 16)),
  );
  return decoded.split(AROUND_PARTS).some((part) => rules.hidesAnywhere(part));
}

function endOfValue(text: string, start: number, { behind, without }: Ends): number {
  const end = endOfQuoted(text, start) ?? endOfBracketed(text, start);
  behind.lastIndex = end;
  if (end > start && behind.test(text)) return end;
  without.lastIndex = end;
  return without.exec(text)?.index ?? text.length;
}

/** The position after the last bracket of an object or list; the same position if there is none. */
function endOfBracketed(text: string, start: number): number {
  let end = start;
  for (;;) {
    const bracket = endOfMatch(BEFORE_BRACKET, text, end);
    if (bracket === end && BRACKETS[text[end] ?? ''] === undefined) return end;
    end = endOfBrackets(text, bracket);
  }
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
    else if (QUOTED.test(sign)) {
      const backslashes = backslashesBefore(text, found.index);
      BRACKET_OR_QUOTE.lastIndex = endOfString(text, found.index + 1, backslashes);
    }
    if (closing.length === 0) return found.index + 1;
  }
  return text.length;
}

/** The end of the match that begins here; the same position if there is none. */
function endOfMatch(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}
