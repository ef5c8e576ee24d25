/** The JSON text of any value that a program can log. Spells out what JSON cannot express. @lazy */
import { describeError } from './error-to-fields.ts';
import { isError } from './is-error.ts';

/** Objects on deeper levels are replaced by a word. */
const MAX_DEPTH = 40;
/** Values beyond this number are left out: one field can lead to a whole socket or request object. */
const MAX_VALUES = 20_000;
/** Beyond this many characters, a longer text than `MAX_SHORT` is replaced by a word: thousands of values can share one. */
const MAX_CHARS = 8 * 1024 * 1024;
const MAX_SHORT = 1024;

/** A value that is already JSON. */
export class JsonText {
  readonly #json: string;

  constructor(json: string) {
    this.#json = json;
  }

  /** Undefined for any other object. Calls no trap of a proxy. */
  static textOf(value: object): string | undefined {
    return #json in value ? value.#json : undefined;
  }
}

/**
 * Encodes a value as JSON on one line. Never throws: cycles become `"[Circular]"`, what throws becomes `"[Throws: …]"`.
 * BigInt keeps its digits; NaN and Infinity become strings, a Map an object, a Set a list, bytes base64, and an Error an
 * object with its type, message, stack and own properties. Undefined when there is nothing to encode.
 */
export function stringify(value: unknown): string | undefined {
  return new Writer().write(value, 0);
}

class Writer {
  readonly #ancestors: unknown[] = [];
  #values = 0;
  #chars = 0;

  write(value: unknown, depth: number): string | undefined {
    switch (typeof value) {
      case 'string':
        return this.#text(value.length, () => value.toWellFormed());
      case 'number':
        return Number.isFinite(value) ? String(value) : `"${value}"`;
      case 'boolean':
      case 'bigint':
        return String(value);
      case 'symbol':
        return JSON.stringify(String(value).toWellFormed());
      case 'function':
        return this.#guard(() => `[Function: ${value.name || 'anonymous'}]`);
      case 'object':
        return value === null ? 'null' : this.#writeObject(value, depth);
      default:
        return undefined;
    }
  }

  #text(length: number, make: () => string): string {
    if (length > MAX_SHORT && this.#chars > MAX_CHARS) return '"[String]"';
    this.#chars += length;
    return JSON.stringify(make());
  }

  #writeObject(value: object, depth: number): string | undefined {
    const text = JsonText.textOf(value);
    if (text !== undefined) return text;
    if (this.#ancestors.includes(value)) return '"[Circular]"';
    if (depth >= MAX_DEPTH || ++this.#values > MAX_VALUES) return '"[Object]"';
    this.#ancestors.push(value);
    try {
      return this.#writeMembers(value, depth + 1);
    } catch (error) {
      return this.#guard(() => `[Throws: ${describeError(error).message}]`);
    } finally {
      this.#ancestors.pop();
    }
  }

  #writeMembers(value: object, depth: number): string | undefined {
    if (isError(value)) return this.#writeError(value, depth);
    if (ArrayBuffer.isView(value)) return this.#text(value.byteLength, () => asBase64(value));
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') {
      const replaced: unknown = toJSON.call(value, '');
      if (replaced !== value) return this.write(replaced, depth);
    }
    if (Array.isArray(value)) return this.#writeList(value, depth);
    if (value instanceof Set) return this.#writeList([...value], depth);
    if (value instanceof Map) return this.#writeMap(value, depth);
    if (value instanceof RegExp) return JSON.stringify(String(value));
    if (isBoxed(value)) return this.write(value.valueOf(), depth);
    return this.#writeEntries(Object.keys(value), value as Record<string, unknown>, depth);
  }

  #writeError(error: Error, depth: number): string {
    const { type, message, stack } = describeError(error);
    const own = error as unknown as Record<string, unknown>;
    const known = new Set(['type', 'message', 'stack', 'name', 'cause', 'errors']);
    const keys = Object.keys(error).filter((key) => !known.has(key));
    const rest = this.#writeEntries(keys, own, depth).slice(1, -1);
    const head = this.#writeEntries(['type', 'message', 'stack'], { type, message, stack }, depth);
    return rest === '' ? head : `${head.slice(0, -1)},${rest}}`;
  }

  #writeList(values: readonly unknown[], depth: number): string {
    const parts: string[] = [];
    for (let at = 0; at < values.length && this.#values <= MAX_VALUES; at++) {
      this.#values++;
      parts.push(this.#read(() => values[at], depth) ?? 'null');
    }
    return `[${parts.join()}]`;
  }

  #writeMap(map: ReadonlyMap<unknown, unknown>, depth: number): string {
    const members: Record<string, unknown> = Object.create(null);
    for (const [key, value] of map) {
      members[typeof key === 'string' ? key : (this.write(key, depth) ?? 'undefined')] = value;
    }
    return this.#writeEntries(Object.keys(members), members, depth);
  }

  #writeEntries(keys: readonly string[], owner: Record<string, unknown>, depth: number): string {
    const parts: string[] = [];
    for (const key of keys) {
      if (++this.#values > MAX_VALUES) break;
      const json = this.#read(() => owner[key], depth);
      if (json !== undefined)
        parts.push(`${this.#text(key.length, () => key.toWellFormed())}:${json}`);
    }
    return `{${parts.join()}}`;
  }

  #read(get: () => unknown, depth: number): string | undefined {
    let value: unknown;
    try {
      value = get();
    } catch (error) {
      return this.#guard(() => `[Throws: ${describeError(error).message}]`);
    }
    return this.write(value, depth);
  }

  #guard(describe: () => string): string {
    try {
      return JSON.stringify(describe().toWellFormed());
    } catch {
      return '"[Throws]"';
    }
  }
}

function asBase64(view: ArrayBufferView): string {
  return Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64');
}

function isBoxed(value: object): boolean {
  return value instanceof String || value instanceof Number || value instanceof Boolean;
}
