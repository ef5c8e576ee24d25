/** Turns what was logged as an error into the parts for `error.*` fields, its causes included. Survives hostile objects. @lazy */
import { isError } from './is-error.ts';

export interface ErrorParts {
  readonly type: string;
  readonly message: string;
  /** The stack, followed by the stacks of its causes and collected errors; undefined for a value that is not an error. */
  readonly stack: string | undefined;
  /** The `code` of the error (`ECONNREFUSED`, 404). */
  readonly code: string | number | undefined;
}

/** At most this many errors are shown together, causes and the errors of an AggregateError included. */
const MAX_RELATED = 10;

/** Takes any thrown or logged value apart. Never throws. */
export function describeError(value: unknown): ErrorParts {
  if (typeof value !== 'object' || value === null) {
    const type = value === null ? 'null' : typeof value;
    return { type, message: asText(value), stack: undefined, code: undefined };
  }
  const code = isError(value) ? get(value, 'code') : undefined;
  return {
    type: typeOf(value),
    message: asText(get(value, 'message') ?? ''),
    stack: isError(value)
      ? withRelated(value)
          .map(([label, one]) => label + stackOf(one))
          .join('\n')
      : undefined,
    code: typeof code === 'string' || typeof code === 'number' ? code : undefined,
  };
}

/** The name that says most: a class that extends Error without setting `name` is known by its constructor. */
function typeOf(value: object): string {
  const name = get(value, 'name');
  if (typeof name === 'string' && name !== '' && name !== 'Error') return name;
  const constructorName = get(get(value, 'constructor'), 'name');
  if (typeof constructorName === 'string' && constructorName !== '') return constructorName;
  return typeof name === 'string' && name !== '' ? name : 'Error';
}

/** The error, its causes and the errors that it collects, ten of them at most: whatever a record has of it is among these. */
export function withRelated(error: unknown): Array<[label: string, value: unknown]> {
  const all: Array<[string, unknown]> = [];
  const seen = new Set();
  const add = (label: string, value: unknown): void => {
    all.push([label, value]);
    if (!isError(value)) return;
    seen.add(value);
    for (const [name, related] of relatedErrors(value)) {
      if (seen.size < MAX_RELATED && !seen.has(related)) add(`${name}: `, related);
    }
  };
  add('', error);
  return all;
}

function stackOf(error: unknown): string {
  if (!isError(error)) return asText(error);
  const stack = get(error, 'stack');
  if (typeof stack === 'string' && stack !== '') return stack;
  return `${typeOf(error)}: ${asText(get(error, 'message'))}`;
}

function relatedErrors(error: object): Array<[label: string, related: unknown]> {
  const related: Array<[string, unknown]> = [];
  const errors = get(error, 'errors');
  if (Array.isArray(errors)) {
    for (let at = 0; at < errors.length && at < MAX_RELATED; at++) {
      related.push([`Error ${at + 1} of ${errors.length}`, get(errors, at)]);
    }
  }
  const cause = get(error, 'cause');
  if (cause !== undefined && cause !== null) related.push(['Caused by', cause]);
  return related;
}

/** Reads a property of any value; undefined when that throws. */
function get(value: unknown, key: string | number): unknown {
  try {
    return (value as Record<string | number, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

function asText(value: unknown): string {
  try {
    return typeof value === 'string' ? value : String(value);
  } catch {
    return `[${typeof value}]`;
  }
}
