/** Masks values in a JSON text. Everything else keeps its exact text. Pure. */
import { endOfNested, endOfString, readKey, skipBlanks } from './json-line.ts';
import { MASKED } from './masked.ts';

/** The part of the rules that matters here. */
interface Rules {
  hides(name: string): boolean;
  text(text: string): string;
  patterns(text: string): string;
}

/** An object or list that is not yet closed. */
interface Open {
  /** What the names of its members begin with. */
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
const HIDDEN = JSON.stringify(MASKED);
/** Most characters of a path that are looked at: no rule is as long. */
const MAX_PREFIX_LENGTH = 512;

/** @param json Valid JSON: nothing is checked again. */
export function maskJson(json: string, rules: Rules): string {
  return new JsonMasker(json, rules).mask();
}

/** Reads the text once. Uses a list of what is open, not recursion: JSON can be nested more deeply than calls. */
class JsonMasker {
  readonly #json: string;
  readonly #rules: Rules;
  readonly #open: Open[] = [];
  #masked = '';
  /** Up to here the text is in `#masked`. */
  #copied = 0;
  #at = 0;

  constructor(json: string, rules: Rules) {
    this.#json = json;
    this.#rules = rules;
  }

  mask(): string {
    for (this.#skip(0); this.#at < this.#json.length; ) this.#next();
    return this.#copied === 0 ? this.#json : this.#masked + this.#json.slice(this.#copied);
  }

  #next(): void {
    const code = this.#json.charCodeAt(this.#at);
    if (code === CLOSE_OBJECT || code === CLOSE_LIST || code === COMMA) {
      if (code !== COMMA) this.#open.pop();
      this.#skip(this.#at + 1);
      return;
    }
    const inside = this.#open.at(-1);
    if (inside?.isObject !== true) this.#takeValue(inside?.prefix ?? '');
    else this.#takeMember(inside.prefix);
  }

  #takeMember(prefix: string): void {
    const end = endOfString(this.#json, this.#at);
    const key = readKey(this.#json, this.#at, end);
    const shown = this.#rules.patterns(key);
    if (shown !== key) this.#put(end, JSON.stringify(shown));
    const path = prefix === '' ? key : `${prefix.slice(-MAX_PREFIX_LENGTH)}.${key}`;
    this.#skip(skipBlanks(this.#json, end) + 1);
    if (this.#rules.hides(path)) this.#put(endOf(this.#json, this.#at), HIDDEN);
    else this.#takeValue(path);
  }

  #takeValue(path: string): void {
    const code = this.#json.charCodeAt(this.#at);
    if (code === OPEN_OBJECT || code === OPEN_LIST) {
      this.#open.push({ prefix: path, isObject: code === OPEN_OBJECT });
      this.#skip(this.#at + 1);
      return;
    }
    const end = endOf(this.#json, this.#at);
    const shown = maskValue(this.#json.slice(this.#at, end), code === QUOTE, this.#rules);
    if (shown === undefined) this.#skip(end);
    else this.#put(end, shown);
  }

  /** Puts a text in place of what is there, up to `end`. */
  #put(end: number, text: string): void {
    this.#masked += this.#json.slice(this.#copied, this.#at) + text;
    this.#copied = end;
    this.#skip(end);
  }

  #skip(from: number): void {
    this.#at = skipBlanks(this.#json, from);
  }
}

/** Undefined for a value that stays as it is. */
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
