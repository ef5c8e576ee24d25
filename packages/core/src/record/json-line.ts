/** Turns JSON objects into flat fields, as the server will store them. Values stay exactly as they were written. Pure. @lazy json */

/** Takes one field: its flattened name, its value as JSON text on one line, and where the value was in the line. */
export type TakeField = (name: string, value: string, start: number, end: number) => void;

/** Objects that are nested deeper stay JSON text. The server gives up at 299. */
const MAX_DEPTH = 32;
/** Nothing is flattened below a name that is longer: the server doesn't either, and names would grow without end. */
const MAX_PREFIX_LENGTH = 128;

export const QUOTE = 0x22;
export const COMMA = 0x2c;
export const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
export const CLOSE_LIST = 0x5d;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
const BLANK = 0x20;

/** A surrogate pair, a lone surrogate or any other escape. */
const ESCAPE = /\\u[dD][89abAB]..\\u[dD][c-fC-F]..|(\\u[dD][89a-fA-F]..)|\\./g;

/** The value; undefined if the text is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Returns the text of a JSON object without blanks around it, well-formed; undefined when the text is anything else. */
export function asJsonObject(text: string): string | undefined {
  const json = text.trim();
  if (!json.startsWith('{') || !json.endsWith('}')) return undefined;
  // Not the trimmed text: `trim` removes more than JSON's blanks.
  return parseJson(text) === undefined ? undefined : wellFormed(json);
}

/** The server keeps `\ud800` as six characters and swallows an escape after it, so lone surrogates are replaced here. */
function wellFormed(json: string): string {
  const repaired = json.toWellFormed();
  if (!repaired.includes('\\ud') && !repaired.includes('\\uD')) return repaired;
  return repaired.replace(ESCAPE, (found, lone) => (lone === undefined ? found : '\\ufffd'));
}

/**
 * Passes on every value of a JSON object with the name that the server gives it: names in nested objects are joined with dots,
 * and lists are values. Leaves out what the server would not store (null, empty strings, empty objects).
 * @param json Valid JSON: nothing is checked again.
 */
export function flattenJsonObject(json: string, take: TakeField): void {
  flattenObject(json, 1, '', 1, take);
}

/** Reads an object from after its opening brace. Returns the position after the object. */
function flattenObject(
  json: string,
  start: number,
  prefix: string,
  depth: number,
  take: TakeField,
): number {
  for (let at = start; ; ) {
    at = skipBlanks(json, at);
    const code = json.charCodeAt(at);
    if (code === CLOSE_OBJECT) return at + 1;
    if (code === COMMA) at++;
    else {
      const end = endOfString(json, at);
      const name = prefix + readKey(json, at, end);
      at = takeValue(json, skipBlanks(json, skipBlanks(json, end) + 1), name, depth, take);
    }
  }
}

/** The text of a member's value in a JSON object; the last one when names repeat. The value can be nested at any depth. */
export function memberOf(json: string, name: string): string | undefined {
  let value: string | undefined;
  let at = skipBlanks(json, 1);
  while (json.charCodeAt(at) !== CLOSE_OBJECT) {
    const endOfKey = endOfString(json, at);
    const start = skipBlanks(json, skipBlanks(json, endOfKey) + 1);
    const end = endOfValue(json, start);
    if (readKey(json, at, endOfKey) === name) value = json.slice(start, end);
    at = skipBlanks(json, end);
    if (json.charCodeAt(at) === COMMA) at = skipBlanks(json, at + 1);
  }
  return value;
}

export function readKey(json: string, start: number, end: number): string {
  const key = json.slice(start + 1, end - 1);
  return key.includes('\\') ? (JSON.parse(json.slice(start, end)) as string) : key;
}

function takeValue(
  json: string,
  start: number,
  name: string,
  depth: number,
  take: TakeField,
): number {
  const code = json.charCodeAt(start);
  if (code === QUOTE) {
    const end = endOfString(json, start);
    if (end - start > 2) take(name, json.slice(start, end), start, end);
    return end;
  }
  if (code === OPEN_OBJECT && depth < MAX_DEPTH && name.length <= MAX_PREFIX_LENGTH) {
    return flattenObject(json, start + 1, `${name}.`, depth + 1, take);
  }
  if (code === OPEN_OBJECT || code === OPEN_LIST) {
    const { end, levels } = nested(json, start);
    take(name, nestedValue(json.slice(start, end), levels), start, end);
    return end;
  }
  const end = endOfLiteral(json, start);
  const value = json.slice(start, end);
  if (value !== 'null') take(name, value, start, end);
  return end;
}

/**
 * A list or object as one value. The server rewrites lists, with Go's escapes (`\x1b`) instead of ours (`\u001b`). So a list
 * with escapes is sent as text, which the server keeps. An object is sent as text, too: the server would take it apart.
 */
function nestedValue(json: string, levels: number): string {
  // Line breaks in strings are escaped, so these are between values.
  const line = json.includes('\n') || json.includes('\r') ? json.replace(/[\n\r]/g, ' ') : json;
  const isList = line.charCodeAt(0) === OPEN_LIST;
  return isList && levels <= MAX_DEPTH && !line.includes('\\') ? line : JSON.stringify(line);
}

export function skipBlanks(json: string, start: number): number {
  let at = start;
  while (json.charCodeAt(at) <= BLANK) at++;
  return at;
}

/** The position after the string that starts here. */
export function endOfString(json: string, start: number): number {
  let quote = json.indexOf('"', start + 1);
  while (isEscaped(json, quote)) quote = json.indexOf('"', quote + 1);
  return quote + 1;
}

function isEscaped(json: string, at: number): boolean {
  let before = at - 1;
  while (json.charCodeAt(before) === BACKSLASH) before--;
  return (at - before) % 2 === 0;
}

/** The position after the value that starts here. */
export function endOfValue(json: string, start: number): number {
  const code = json.charCodeAt(start);
  if (code === QUOTE) return endOfString(json, start);
  const isNested = code === OPEN_OBJECT || code === OPEN_LIST;
  return isNested ? nested(json, start).end : endOfLiteral(json, start);
}

/** Where the object or list ends that starts here, and how many levels it has. */
function nested(json: string, start: number): { readonly end: number; readonly levels: number } {
  let levels = 0;
  let depth = 0;
  for (let at = start; ; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at) - 1;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) levels = Math.max(levels, ++depth);
    else if ((code === CLOSE_LIST || code === CLOSE_OBJECT) && --depth === 0)
      return { end: at + 1, levels };
  }
}

function endOfLiteral(json: string, start: number): number {
  for (let at = start; ; at++) {
    const code = json.charCodeAt(at);
    const isInside = code !== COMMA && code !== CLOSE_OBJECT && code !== CLOSE_LIST;
    // After the end of the text the code is NaN.
    if (!isInside || !(code > BLANK)) return at;
  }
}
