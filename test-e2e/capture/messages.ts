/** What has to be stored of lines that were printed, by the rules of docs/capture.md and without our code. */
import { isDeepStrictEqual } from 'node:util';
import type { Row } from '../environment/victorialogs-queries.ts';

/** Begins a message that frames may follow. */
const ERROR = /^(?:[\w$]+\.)*[\w$]*(?:Error|Exception)(?::|$| \[)/;
const FRAME = /^\s+at \S/;
const CAUSE = /^(?:Caused by: |\s+Suppressed: |\s+\.\.\. \d+ )/;

/** The messages of lines that are written one by one: a stack trace is one with the line that names the error. */
export function messagesOf(lines: readonly string[]): string[] {
  const messages: string[][] = [];
  for (const line of lines) {
    const text = line.replace(/\r$/, '');
    const above = messages.at(-1) ?? [];
    const goesOn = FRAME.test(text) || (above.length > 1 && CAUSE.test(text));
    if (goesOn && ERROR.test(above[0] ?? '')) above.push(text);
    else messages.push([text]);
  }
  return messages.map((message) => message.join('\n'));
}

/** What is wrong with the record of a message; undefined when nothing is. */
export function whatDiffers(message: string, row: Row | undefined): string | undefined {
  if (row === undefined) return 'missing';
  const object = parseObject(message);
  if (object !== undefined) return fieldThatDiffers(object, row);
  // The server keeps no empty message.
  if (row._msg !== (message || ' ')) return 'text';
  return isPlausible(message, row.level ?? '') ? undefined : 'level';
}

/** What a text has to say somewhere to have this level. */
const WORDS: Readonly<Record<string, RegExp>> = {
  TRACE: /trace/i,
  DEBUG: /debug/i,
  INFO: /^/,
  WARN: /warn/i,
  ERROR: /err|exception/i,
  FATAL: /fatal|crit|panic/i,
};

/** A time, then a level in brackets or capitals. */
const LEADING = /^\[?\d[\d:.,/TZ+-]+(?: [\d:.,]+)?\]?[ |]*(?:\[([a-z]+) *\]|([A-Z]+) )/i;

/** Kubernetes and others: the first letter is the level. */
const KLOG = /^([IWEF])\d{4} \d\d:\d\d:\d\d\.\d/;

function isPlausible(text: string, level: string): boolean {
  const [, letter] = KLOG.exec(text) ?? [];
  if (letter !== undefined) return level.startsWith(letter);
  const [, bracketed, bare] = LEADING.exec(text) ?? [];
  const named = (bracketed ?? bare ?? '').toUpperCase().replace('WARNING', 'WARN');
  return named in WORDS ? level === named : WORDS[level]?.test(text) === true;
}

/** A number as it was written. */
class Digits {
  readonly digits: string;

  constructor(digits: string) {
    this.digits = digits;
  }
}

function parse(json: string): unknown {
  const keepDigits = (_name: string, value: unknown, { source }: { source: string }): unknown =>
    typeof value === 'number' ? new Digits(source) : value;
  return JSON.parse(json, keepDigits as Parameters<typeof JSON.parse>[1]);
}

function parseObject(text: string): object | undefined {
  if (!text.trimStart().startsWith('{')) return undefined;
  try {
    return parse(text) as object;
  } catch {
    return undefined;
  }
}

function fieldThatDiffers(object: object, row: Row): string | undefined {
  const different = flatten(object).find(([name, value]) => !isStored(name, value, row));
  return different?.[0];
}

function isStored(name: string, value: unknown, row: Row): boolean {
  if (name === 'message' || name === 'msg') return row._msg === value;
  if (name === 'level') return row.level === String(value).toUpperCase();
  const stored = row[name];
  if (Array.isArray(value)) return isDeepStrictEqual(parse(stored ?? '""'), value);
  return stored === (value instanceof Digits ? value.digits : String(value));
}

/** The names that the server gives them; it keeps no empty values. */
function flatten(object: object, prefix = ''): Array<[name: string, value: unknown]> {
  return Object.entries(object).flatMap(([name, value]): Array<[string, unknown]> => {
    if (value === null || value === '') return [];
    const isValue = typeof value !== 'object' || value instanceof Digits || Array.isArray(value);
    return isValue ? [[prefix + name, value]] : flatten(value, `${prefix}${name}.`);
  });
}
