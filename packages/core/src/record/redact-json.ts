/** Redacts values in a JSON text. Everything else keeps its exact text. Pure; n log n in the length of the text. */
import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COMMA,
  endOfString,
  endOfValue,
  OPEN_LIST,
  OPEN_OBJECT,
  QUOTE,
  readKey,
  skipBlanks,
} from './json-line.ts';
import { REDACTED } from './redacted.ts';
import { type Edit, edited } from './text-parts.ts';

/** The part of the rules that matters here. */
interface Rules {
  join(path: string, key: string): string;
  hides(key: string, path: string): boolean;
  hidesAnywhere(name: string): boolean;
  text(text: string): string;
  patterns(text: string): string;
}

/** An object or list that is not yet closed. */
interface Open {
  readonly path: string;
  readonly isObject: boolean;
  /** Whether a hidden name has come as a value: in a list it hides the next item, in an object what is called `value`. */
  isNamed: boolean;
  /** Where a value called `value` begins that has not ended. */
  valueAt: number;
  readonly values: Edit[];
}

const HIDDEN = JSON.stringify(REDACTED);
const HAS_VALUES = /values?"/i;
const NAMED = /^values?$/i;
/** The items of a list can be members of an object: pino makes that of a list that is logged. */
const ITEM = /^\d+$/;
/** Nearly every key, also `a[0]` and `a/b`. Any other may be a text: JSON that was parsed as a form is a key, for example. */
const IS_PATH = /^[\w$@./[\]-]*$/;

/** @param json Valid JSON: nothing is checked again. */
export function redactJson(json: string, rules: Rules): string {
  const edits = new JsonRedactor(json, rules).edits();
  edits.sort((a, b) => a.start - b.start || b.end - a.end);
  return edited(json, edits);
}

/** Reads the text once. Uses a list of what is open, not recursion: JSON can be nested more deeply than calls. */
class JsonRedactor {
  readonly #json: string;
  readonly #rules: Rules;
  readonly #open: Open[] = [];
  readonly #edits: Edit[] = [];
  /** Of values with a name beside them. They count before what is redacted in these. */
  readonly #named: Edit[] = [];
  readonly #hasValues: boolean;
  #at = 0;

  constructor(json: string, rules: Rules) {
    this.#json = json;
    this.#rules = rules;
    this.#hasValues = HAS_VALUES.test(json);
  }

  edits(): Edit[] {
    for (this.#skip(0); this.#at < this.#json.length; ) this.#next();
    return [...this.#named, ...this.#edits];
  }

  #next(): void {
    const code = this.#json.charCodeAt(this.#at);
    const inside = this.#open.at(-1);
    if (code === CLOSE_OBJECT || code === CLOSE_LIST || code === COMMA) {
      if (inside !== undefined) this.#endMember(inside, code);
      this.#skip(this.#at + 1);
    } else if (inside?.isObject === true) this.#takeMember(inside);
    else this.#takeItem(inside);
  }

  #takeItem(inside: Open | undefined, key?: string): void {
    if (inside?.isNamed !== true) {
      this.#takeValue(inside, key);
      return;
    }
    const end = endOfValue(this.#json, this.#at);
    // It can be the name of the next one: `["Vary","Cookie","Set-Cookie",…]`.
    const isString = this.#json.charCodeAt(this.#at) === QUOTE;
    const item = isString ? readKey(this.#json, this.#at, end) : '';
    inside.isNamed = this.#rules.hidesAnywhere(item);
    this.#put(end, HIDDEN);
  }

  #endMember(inside: Open, code: number): void {
    const { valueAt: start } = inside;
    if (start >= 0) inside.values.push({ start, end: this.#at, text: HIDDEN });
    inside.valueAt = -1;
    if (code === COMMA) return;
    this.#open.pop();
    if (inside.isObject && inside.isNamed) for (const edit of inside.values) this.#named.push(edit);
  }

  #takeMember(inside: Open): void {
    const end = endOfString(this.#json, this.#at);
    const key = readKey(this.#json, this.#at, end);
    const shown = IS_PATH.test(key) ? this.#rules.patterns(key) : this.#rules.text(key);
    if (shown !== key) this.#put(end, JSON.stringify(shown));
    this.#skip(skipBlanks(this.#json, end) + 1);
    if (this.#rules.hides(key, inside.path)) this.#put(endOfValue(this.#json, this.#at), HIDDEN);
    else if (ITEM.test(key)) this.#takeItem(inside, key);
    else {
      if (this.#hasValues && NAMED.test(key)) inside.valueAt = this.#at;
      this.#takeValue(inside, key);
    }
  }

  /** @param key What the value is called; an item of a list has no name. */
  #takeValue(inside: Open | undefined, key?: string): void {
    const code = this.#json.charCodeAt(this.#at);
    if (code === OPEN_OBJECT || code === OPEN_LIST) {
      const around = inside?.path ?? '';
      const path = key === undefined ? around : this.#rules.join(around, key);
      const isObject = code === OPEN_OBJECT;
      this.#open.push({ path, isObject, isNamed: false, valueAt: -1, values: [] });
      this.#skip(this.#at + 1);
    } else this.#takeSimple(code === QUOTE, inside, key);
  }

  #takeSimple(isString: boolean, inside: Open | undefined, key = ''): void {
    const end = endOfValue(this.#json, this.#at);
    const text = isString ? readKey(this.#json, this.#at, end) : this.#json.slice(this.#at, end);
    const canName = this.#hasValues || inside?.isObject !== true || ITEM.test(key);
    if (isString && inside !== undefined && canName) {
      inside.isNamed ||= this.#rules.hidesAnywhere(text);
    }
    const shown = isString ? this.#rules.text(text) : this.#rules.patterns(text);
    if (shown === text) this.#skip(end);
    else this.#put(end, JSON.stringify(shown));
  }

  /** Puts a text in place of what is there, up to `end`. */
  #put(end: number, text: string): void {
    this.#edits.push({ start: this.#at, end, text });
    this.#skip(end);
  }

  #skip(from: number): void {
    this.#at = skipBlanks(this.#json, from);
  }
}
