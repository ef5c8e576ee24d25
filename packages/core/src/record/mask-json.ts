/** Masks the text of a JSON value where it stands: everything else keeps its exact text. Pure. */
import { endOfNested, endOfString, readKey, skipBlanks } from './json-line.ts';

/** The rules, as far as they matter here. */
interface Rules {
  hides(name: string): boolean;
  text(text: string): string;
  patterns(text: string): string;
}

/** An object or list that is not closed yet. */
interface Open {
  /** What its members' names begin with. */
  readonly prefix: string;
  readonly isObject: boolean;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const LITERAL = /[^\s,\]}]+/y;
/** So much of where a value stands decides: no rule is as long. */
const MAX_PREFIX_LENGTH = 512;

/** @param json Valid JSON: nothing is checked again. */
export function maskJson(json: string, rules: Rules): string {
  const open: Open[] = [];
  let masked = '';
  let copied = 0;
  let at = skipBlanks(json, 0);
  const put = (start: number, end: number, text: string): void => {
    masked += json.slice(copied, start) + text;
    copied = end;
  };
  while (at < json.length) {
    const code = json.charCodeAt(at);
    const inside = open.at(-1);
    let path = inside?.prefix ?? '';
    if (code === CLOSE_OBJECT || code === CLOSE_LIST || code === COMMA) {
      if (code !== COMMA) open.pop();
      at = skipBlanks(json, at + 1);
      continue;
    }
    if (inside?.isObject === true) {
      const end = endOfString(json, at);
      const key = readKey(json, at, end);
      const shown = rules.patterns(key);
      if (shown !== key) put(at, end, JSON.stringify(shown));
      path = path === '' ? key : `${path.slice(-MAX_PREFIX_LENGTH)}.${key}`;
      at = skipBlanks(json, skipBlanks(json, end) + 1);
      if (rules.hides(path)) {
        const endOfHidden = endOf(json, at);
        put(at, endOfHidden, '"***"');
        at = skipBlanks(json, endOfHidden);
        continue;
      }
    }
    const first = json.charCodeAt(at);
    if (first === OPEN_OBJECT || first === OPEN_LIST) {
      open.push({ prefix: path, isObject: first === OPEN_OBJECT });
      at = skipBlanks(json, at + 1);
      continue;
    }
    const end = endOf(json, at);
    const shown = maskValue(json.slice(at, end), first === QUOTE, rules);
    if (shown !== undefined) put(at, end, shown);
    at = skipBlanks(json, end);
  }
  return copied === 0 ? json : masked + json.slice(copied);
}

/** Undefined for one that stays as it is. */
function maskValue(value: string, isString: boolean, rules: Rules): string | undefined {
  const text = isString ? readKey(value, 0, value.length) : value;
  const shown = isString ? rules.text(text) : rules.patterns(text);
  return shown === text ? undefined : JSON.stringify(shown);
}

function endOf(json: string, at: number): number {
  const code = json.charCodeAt(at);
  if (code === QUOTE) return endOfString(json, at);
  if (code === OPEN_OBJECT || code === OPEN_LIST) return endOfNested(json, at);
  LITERAL.lastIndex = at;
  LITERAL.test(json);
  return LITERAL.lastIndex;
}
