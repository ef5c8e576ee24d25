/**
 * Redacts what is shipped: values of fields with certain names, and what matches certain patterns. This is done first to what was
 * logged, so that no later step sees a secret. Pure. @lazy
 */
import { copyOf } from './copy-of.ts';
import { describeError } from './error-to-fields.ts';
import { findText } from './find-text.ts';
import { isError, isStackOverflow } from './is-error.ts';
import { asJsonObject } from './json-line.ts';
import type { LogInput } from './record.ts';
import { redactJson } from './redact-json.ts';
import { redactAssignments } from './redact-text.ts';
import { REDACTED } from './redacted.ts';
import { JsonText, stringify } from './stringify.ts';
import { AROUND_PARTS } from './text-parts.ts';

/**
 * Redacts every secret that it finds in a text, in linear time. The texts of one input share one budget, so many short texts take no
 * longer than a long one: `input` is the number of the input.
 */
export type Pattern = (text: string, input: number) => string;

/** The value of a longer name is redacted without a look at the rules. */
const MAX_NAME_LENGTH = 1024;
/** In a stack, a longer message is not read a second time. */
const MAX_READ_TWICE = 8192;
const MAX_NAMES_CACHED = 1000;
/** In a value only brackets name members (`user[password][0]`): with dots it can be the path of a file. */
const IN_BRACKETS = /[[\]]+/g;
const AT_ENDS = /^\.|\.$/g;
/** Nearly all keys: only dots separate their parts. */
const IS_PLAIN = /^[\w.-]*$/;
/** Begins what we put at the end of each line. In a string, the quotes would be escaped. */
const OWN_END = ',"level":"';
/** How much of a name is searched for in a text, with up to four changes of color between two letters. */
const MAX_MENTION = 8;
const COLORS = '(?:\\u001b\\[[\\d;:]{0,32}[mK]){0,4}';
/** Between a name and its value, a color or link can have colons or equals signs of its own. */
const BEHIND_COLON =
  '(?<=\\u001b\\[[\\d;]{0,32}:[\\d;:]{0,32})[mK]|(?<=\\u001b\\]8;[^\\s\\u0007\\u001b]{0,512})(?:\\u0007|\\u001b\\\\)';
const IS_SENTENCE = /\S\s+\S/;

/** The rules of the setting `redact`. Nothing of them is public: a pattern can hold a secret. */
export class Redaction {
  readonly #names: NameTest | undefined;
  readonly #lastKeys: NameTest | undefined;
  readonly #lastNames: NameTest | undefined;
  readonly #mention: RegExp | undefined;
  /** Parts of a path that a rule can look at before the last one. */
  readonly #partsBefore: number;
  readonly #patterns: readonly Pattern[];
  #inputs = 0;

  /** @param names As in the setting: `password`, `*_token`, `headers.cookie`. */
  constructor(names: readonly string[], patterns: readonly Pattern[]) {
    if (names.length > 0) {
      this.#names = anyOf(names, AROUND_PARTS);
      const last = names.map((name) => name.slice(name.lastIndexOf('.') + 1));
      this.#lastKeys = anyOf(last, AROUND_PARTS);
      this.#lastNames = anyOf(last, IN_BRACKETS);
      this.#mention = mentionOf(last);
    }
    this.#partsBefore = Math.max(0, ...names.map((name) => name.split('.').length - 1));
    this.#patterns = patterns;
  }

  /**
   * The path of a member, as far as rules can look at it. A key can have many parts, and thousands of members that would each be
   * compared with all of them.
   */
  join(path: string, key: string): string {
    if (this.#partsBefore === 0) return key;
    const parts = IS_PLAIN.test(key) ? key : inParts(key, AROUND_PARTS).replace(AT_ENDS, '');
    if (path === '') return parts;
    let from = path.length;
    for (let left = this.#partsBefore; left > 0 && from > 0; left--) {
      from = path.lastIndexOf('.', from - 1);
    }
    return `${path.slice(from + 1)}.${parts}`;
  }

  /**
   * Whether the value of a key is redacted. What is below such a value is gone with it, so the last rule part must be found in its own
   * key. This is asked first: the path before it can be long, and have thousands of members.
   * @param path That of the object which has the key.
   */
  hides(key: string, path = ''): boolean {
    if (key.length > MAX_NAME_LENGTH) return this.#names !== undefined;
    if (this.#lastKeys?.(key) !== true) return false;
    const whole = this.join(path, key);
    return whole.length > MAX_NAME_LENGTH || this.#names?.(whole) === true;
  }

  /** The same where it is not known which object a value belongs to, as in a text: only the last part of a rule counts. */
  hidesAnywhere(name: string): boolean {
    return name.length <= MAX_NAME_LENGTH && this.#lastNames?.(name) === true;
  }

  /** Where the first thing from a position on ends that can be part of a hidden name; -1 if there is none. */
  mentions(text: string, from = 0): number {
    if (this.#mention === undefined) return -1;
    this.#mention.lastIndex = from;
    return this.#mention.test(text) ? this.#mention.lastIndex : -1;
  }

  /** Redacts a text that is not JSON, or a string in JSON. */
  text(text: string): string {
    return this.patterns(this.#names === undefined ? text : redactAssignments(text, this));
  }

  /** Redacts only what matches a pattern. */
  patterns(text: string): string {
    return this.#patterns.reduce((shown, pattern) => pattern(shown, this.#inputs), text);
  }

  /** The input without secrets. An input that cannot be redacted is replaced as a whole. */
  input(input: LogInput): LogInput {
    this.#inputs++;
    try {
      return this.#input(input);
    } catch (error) {
      if (isStackOverflow(error)) throw error;
      return { text: `${REDACTED} (it could not be redacted)`, level: 'ERROR' };
    }
  }

  /**
   * An encoded line without secrets. What we have put around what was logged stays: its time, and everything from its level on.
   * Undefined for a line that cannot be redacted.
   */
  line(line: string): string | undefined {
    this.#inputs++;
    const from = line.indexOf(',') + 1;
    const end = line.lastIndexOf(OWN_END);
    const to = end < from ? line.length - 1 : end;
    try {
      const logged = asJsonObject(`{${line.slice(from, to)}}`);
      if (logged === undefined) return undefined;
      return line.slice(0, from) + redactJson(logged, this).slice(1, -1) + line.slice(to);
    } catch {
      return undefined;
    }
  }

  #input({ text, fields, error, logger, ...others }: LogInput): LogInput {
    const json = asJsonObject(text);
    return {
      ...others,
      text: json === undefined ? this.text(text) : redactJson(json, this),
      ...(logger === undefined ? {} : { logger: this.text(String(logger)) }),
      ...(fields === undefined ? {} : { fields: this.#fields(fields) }),
      ...(error === undefined ? {} : { error: this.#error(error) }),
    };
  }

  #fields(fields: unknown): Readonly<Record<string, unknown>> {
    const json = redactJson(stringify(fields) ?? '{}', this);
    return new JsonText(json) as object as Record<string, unknown>;
  }

  #error(error: unknown): unknown {
    if (!isError(error)) {
      if (typeof error !== 'object' || error === null) return this.text(String(error));
      return JSON.parse(redactJson(stringify(error) ?? 'null', this)) as unknown;
    }
    const { type, message, stack, code } = describeError(error);
    const redacted: Error & { code?: unknown } = new Error(this.#part('message', message));
    redacted.name = this.#part('type', type);
    redacted.stack = this.#stack(stack ?? '', message, redacted.message);
    if (code !== undefined) {
      const shown = this.#part('code', String(code));
      redacted.code = shown === String(code) ? code : shown;
    }
    return redacted;
  }

  /** A long message, which can be an answer with a million values, is not read again. */
  #stack(stack: string, message: string, shown: string): string {
    const at = message.length > MAX_READ_TWICE ? findText(stack, message) : -1;
    const end = at + message.length;
    // Else it may have been cut off since then: what follows belongs to it.
    const isWhole = at >= 0 && (end === stack.length || stack.startsWith('\n    at ', end));
    if (!isWhole || this.hides('error.stack')) return this.#part('stack', stack);
    return this.text(stack.slice(0, at)) + shown + this.text(stack.slice(end));
  }

  /** What becomes the field `error.<name>`. */
  #part(name: string, value: string): string {
    return this.hides(`error.${name}`) ? REDACTED : this.text(value);
  }
}

type NameTest = (name: string) => boolean;

/**
 * Finds names that are one of these, that end in one after a dot, or that are members of one (`password.x`).
 * @param dots What stands for a dot in a name.
 */
function anyOf(names: readonly string[], dots: RegExp): NameTest {
  /** Its first group are the dashes of an option, all or none of them. */
  let groups = 1;
  /** The first place where the piece fits is as good as any later one: lookahead and reference keep it, without backtracking. */
  const piece = (source: string) => `(?=([^.]*?${source}))\\${++groups}`;
  const sources = names.map((name) => {
    const [first = '', ...others] = name.replace(/[^\w*]/g, '\\$&').split('*');
    const last = others.pop();
    return last === undefined ? first : `${first}${others.map(piece).join('')}[^.]*${last}`;
  });
  const rule = new RegExp(`(?:^(?:(?=(-+))\\1)?|\\.)(?:${sources.join('|')})(?:\\.|$)`, 'i');
  const known = new Map<string, boolean>();
  return (name) => {
    const remembered = known.get(name);
    if (remembered !== undefined) return remembered;
    if (known.size >= MAX_NAMES_CACHED) known.clear();
    const isFound = rule.test(inParts(name, dots));
    known.set(copyOf(name), isFound);
    return isFound;
  };
}

/** Finds the beginning of the longest part of each name, also in colors. Most texts have none, and are not searched any further. */
function mentionOf(names: readonly string[]): RegExp {
  const pieces = names.map((name) => {
    const [longest = ''] = name.split('*').sort((a, b) => b.length - a.length);
    return longest.slice(0, MAX_MENTION);
  });
  return new RegExp(`${oneOf(pieces)}|${BEHIND_COLON}`, 'gi');
}

/** A pattern for these texts that has each common prefix only once: a hundred texts with one prefix take no longer than one. */
function oneOf(texts: readonly string[]): string {
  if (texts.includes('')) return '';
  const first = new Set(texts.map(([sign = '']) => sign));
  const patterns = [...first].map((sign) => {
    const all = texts.filter((text) => text.startsWith(sign));
    const behind = oneOf(all.map((text) => text.slice(sign.length)));
    return sign.replace(/\W/, '\\$&') + (behind && COLORS + behind);
  });
  return `(?:${patterns.join('|')})`;
}

/** A name with dots between its parts. A sentence has none. */
function inParts(name: string, dots: RegExp): string {
  return IS_SENTENCE.test(name) ? name : name.replace(dots, '.');
}
