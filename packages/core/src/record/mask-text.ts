/**
 * Masks values in a text that names their fields: an object as `console.log` shows it, `key=value`, a query, a header, JSON in
 * the middle of a sentence. Quotes or brackets show where a value ends. Pure; linear in the length of the text.
 */

import { MASKED } from './masked.ts';

/** The part of the rules that matters here. */
interface Rules {
  hidesInText(name: string): boolean;
}

const BLANK = 0x20;
/** Between a name and its value. */
const SEPARATOR = /[:=]>?/g;
/** No field has a longer name. */
const MAX_NAME_LENGTH = 128;
const MAX_BLANKS = 16;
/** What can come before a value: blanks, and the class of an object. */
const BEFORE_VALUE = /\s*(?:[\w$.]{1,80}(?:\(\d{1,10}\))? (?=[{[<(]))?/y;
/** Between brackets that belong to one value: `[Object: null prototype] {`. */
const NEXT_BRACKET = /\s?(?=[{[<(])/y;
const OPENING_QUOTE = /\\*["'`]/y;
/** Node splits long strings over several lines. */
const GOES_ON = /\s*\+\s*(?=["'`])/y;
/** After an equals sign, a value ends at the next blank. After a colon, as in a header, it can contain blanks. */
const UP_TO_BLANK = /[^\s,;&})\]]*/y;
const UP_TO_END = /[^\r\n,;})\]"'`]*/y;
const BRACKETS: Readonly<Record<string, string>> = { '{': '}', '[': ']', '(': ')', '<': '>' };
const BRACKET_OR_QUOTE = /[{}[\]()<>"'`]/g;

/** The text, with `***` for the values of the names that the rules hide. */
export function maskAssignments(text: string, rules: Rules): string {
  let masked = '';
  let copied = 0;
  SEPARATOR.lastIndex = 0;
  for (let found = SEPARATOR.exec(text); found !== null; found = SEPARATOR.exec(text)) {
    const name = nameBefore(text, found.index);
    if (name === '' || !rules.hidesInText(name)) continue;
    const start = endOfMatch(BEFORE_VALUE, text, found.index + found[0].length);
    const end = endOfValue(text, start, found[0].startsWith('='));
    if (end > start) {
      masked += `${text.slice(copied, start)}${MASKED}`;
      copied = end;
    }
    SEPARATOR.lastIndex = Math.max(end, found.index + found[0].length);
  }
  return copied === 0 ? text : masked + text.slice(copied);
}

/** The name before a separator, with or without quotes; empty if there is none. */
function nameBefore(text: string, separator: number): string {
  let end = separator;
  while (text.charCodeAt(end - 1) <= BLANK && separator - end < MAX_BLANKS) end--;
  if (text[end - 1] === ']') end--;
  if (isQuote(text[end - 1])) {
    end--;
    while (text[end - 1] === '\\') end--;
  }
  let start = end;
  while (end - start <= MAX_NAME_LENGTH && isOfName(text.charCodeAt(start - 1))) start--;
  while (start < end && !isFirstOfName(text[start] as string)) start++;
  return text.slice(start, end);
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
  const quoted = endOfQuoted(text, start);
  if (quoted !== undefined) return quoted;
  let end = start;
  while (BRACKETS[text[end] ?? ''] !== undefined) {
    const closed = endOfBrackets(text, end);
    end = endOfMatch(NEXT_BRACKET, text, closed);
  }
  return end > start ? end : endOfMatch(isAssigned ? UP_TO_BLANK : UP_TO_END, text, start);
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
