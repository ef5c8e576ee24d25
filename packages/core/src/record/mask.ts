/**
 * Masks what is shipped: values of fields with certain names, and what matches certain patterns. This is done first to what was
 * logged, so that no later step sees a secret. Pure.
 *
 * @lazy
 */
import { describeError } from './error-to-fields.ts';
import { isError } from './is-error.ts';
import { asJsonObject } from './json-line.ts';
import { maskJson } from './mask-json.ts';
import { maskAssignments } from './mask-text.ts';
import { MASKED } from './masked.ts';
import type { LogInput } from './record.ts';
import { JsonText, stringify } from './stringify.ts';

/** Finds secrets in a text, in a time that is linear in the length of the text. */
export interface Pattern {
  /** Whether there is a secret. */
  test(text: string): boolean;
  /** The text with every secret masked. */
  replace(text: string): string;
}

/** The value of a longer name is masked without a look at the rules. */
const MAX_NAME_LENGTH = 1024;
const MAX_NAMES_CACHED = 1000;
const STACK_IS_FULL = 'Maximum call stack size exceeded';

/** The masking rules. */
export class Mask {
  readonly #names: RegExp | undefined;
  /** Only the last part of names with dots: a text does not show which object a value belongs to. */
  readonly #lastNames: RegExp | undefined;
  readonly #patterns: readonly Pattern[];
  readonly #known = new Map<string, boolean>();

  /**
   * @param names As in the setting: `password`, `*_token`, `headers.cookie`.
   */
  constructor(names: readonly string[], patterns: readonly Pattern[]) {
    this.#names = anyOf(names);
    this.#lastNames = anyOf(names.map((name) => name.slice(name.lastIndexOf('.') + 1)));
    this.#patterns = patterns;
  }

  /** The rules are not shown: a pattern can hold a secret. */
  toJSON(): string {
    return 'on';
  }

  /** Whether the value of this field is masked. The name of a nested field has dots. */
  hides(name: string): boolean {
    if (this.#names === undefined) return false;
    if (name.length > MAX_NAME_LENGTH) return true;
    let isHidden = this.#known.get(name);
    if (isHidden === undefined) {
      isHidden = this.#names.test(name);
      if (this.#known.size < MAX_NAMES_CACHED) this.#known.set(name, isHidden);
    }
    return isHidden;
  }

  /** Whether a value that follows this name in a text is masked. */
  hidesInText(name: string): boolean {
    return this.#lastNames?.test(name) === true;
  }

  /** Masks a text that is not JSON, or a string in JSON. */
  text(text: string): string {
    const shown = this.#names === undefined ? text : maskAssignments(text, this);
    return this.patterns(shown);
  }

  /** Masks only what matches a pattern. */
  patterns(text: string): string {
    let shown = text;
    for (const pattern of this.#patterns) if (pattern.test(shown)) shown = pattern.replace(shown);
    return shown;
  }

  /** The input without secrets. An input that cannot be masked is replaced as a whole. */
  input(input: LogInput): LogInput {
    try {
      return this.#input(input);
    } catch (error) {
      if ((error as Error)?.message === STACK_IS_FULL) throw error;
      const { level, stream } = input;
      return { text: `${MASKED} (it could not be masked)`, level, stream };
    }
  }

  #input({ text, fields, error, logger, ...others }: LogInput): LogInput {
    const json = asJsonObject(text);
    return {
      ...others,
      text: json === undefined ? this.text(text) : maskJson(json, this),
      ...(logger === undefined ? {} : { logger: this.patterns(String(logger)) }),
      ...(fields === undefined ? {} : { fields: this.#fields(fields) }),
      ...(error === undefined ? {} : { error: this.#error(error) }),
    };
  }

  #fields(fields: unknown): Readonly<Record<string, unknown>> {
    const json = stringify(fields);
    return new JsonText(json === undefined ? '{}' : maskJson(json, this)) as object as Record<
      string,
      unknown
    >;
  }

  #error(error: unknown): unknown {
    if (!isError(error)) {
      if (typeof error !== 'object' || error === null) return this.text(String(error));
      return JSON.parse(maskJson(stringify(error) ?? 'null', this)) as unknown;
    }
    const { type, message, stack, code } = describeError(error);
    const masked: Error & { code?: unknown } = new Error(this.#part('message', message));
    masked.name = this.#part('type', type);
    masked.stack = this.#part('stack', stack ?? '');
    if (code !== undefined) {
      const shown = this.#part('code', String(code));
      masked.code = shown === String(code) ? code : shown;
    }
    return masked;
  }

  /** What becomes the field `error.<name>`. */
  #part(name: string, value: string): string {
    return this.hides(`error.${name}`) ? MASKED : this.text(value);
  }
}

/** Matches a name if it, or its last parts, is one of these. */
function anyOf(names: readonly string[]): RegExp | undefined {
  if (names.length === 0) return undefined;
  const sources = names.map((name) => name.replace(/[^\w*]/g, '\\$&').replaceAll('*', '[^.]*'));
  return new RegExp(`(?:^|\\.)(?:${sources.join('|')})$`, 'i');
}
