/** The kinds of setting values: what is expected, in words, and how it is read. Pure, except for the working directory. */
import { resolve } from 'node:path';
import { parseRetention } from '../record/parse-retention.ts';
import { LEVELS, type Level } from '../record/record.ts';
import type { Redaction } from '../record/redact.ts';
import { translateLevel } from '../record/translate-level.ts';
import { readNames, readPairs } from './fields.ts';
import { readRules } from './redaction.ts';

/** How the values of a setting are read, whether they come from code or, as text, from the environment. */
export interface Kind<Value, Given = Value> {
  /** What a value must be, for people: the text after "must be". */
  readonly expected: string;
  /** The value, or undefined if it is not as expected. */
  readonly read: (raw: unknown) => Value | undefined;
  /** Says more about a bad value, without showing a credential. */
  readonly explain?: (raw: unknown) => string;
  /** Never set: what code gives, for the type of the option. */
  readonly given?: Given;
}

/** The server's own limit: https://github.com/VictoriaMetrics/VictoriaLogs/blob/master/lib/logstorage/consts.go */
const MAX_FIELD_NAME_BYTES = 128;
/** With names of 128 and values of 1,024 bytes, VictoriaLogs 1.52.1 keeps a stream of 50 fields and loses one of 60. */
const MAX_STREAM_FIELDS = 50;
/** What npm, pino and log4js call it, too. */
const OFF: ReadonlySet<string> = new Set(['OFF', 'SILENT', 'NONE']);

export const text: Kind<string> = {
  expected: 'a string',
  read: (raw) => (typeof raw === 'string' ? raw : undefined),
};

/** An absolute path: the program may change its working directory later. */
export const path: Kind<string> = {
  expected: 'a path',
  read: (raw) => {
    if (typeof raw !== 'string' || raw === '') return text.read(raw);
    try {
      return resolve(raw);
    } catch {
      // The working directory itself is gone.
      return raw;
    }
  },
};

export const token: Kind<string> = {
  expected: 'printable ASCII without blanks',
  read: (raw) => {
    const trimmed = text.read(raw)?.trim();
    return trimmed !== undefined && /^[\x21-\x7e]*$/.test(trimmed) ? trimmed : undefined;
  },
};

/** Index into LEVELS; `LEVELS.length` for OFF. */
export const threshold: Kind<number, Level | Lowercase<Level> | 'OFF' | 'off'> = {
  expected: `${LEVELS.join(', ')}, OFF or an alias`,
  read: (raw) => {
    const name = typeof raw === 'string' ? raw.trim().toUpperCase() : '';
    if (OFF.has(name)) return LEVELS.length;
    if (name === 'ALL') return 0;
    // A number means different levels to different loggers.
    return /^\d/.test(name) ? undefined : translateLevel(name)?.level;
  },
};

export const fieldNames: Kind<readonly string[]> = {
  expected: `1 to ${MAX_STREAM_FIELDS} names of at most ${MAX_FIELD_NAME_BYTES} printable ASCII characters without , = { }, none beginning with "_" or "shipper."`,
  read: (raw) => readNames(raw, MAX_STREAM_FIELDS, MAX_FIELD_NAME_BYTES),
};

export const fieldPairs: Kind<Readonly<Record<string, string>>> = {
  expected: 'texts by field name (in the environment: key=value,...), at most 32 KiB',
  read: (raw) => readPairs(raw, MAX_FIELD_NAME_BYTES),
};

export const onOrOff: Kind<boolean> = {
  expected: '1 or 0',
  read: (raw) => {
    if (typeof raw === 'boolean') return raw;
    if (raw === '1' || raw === 'true') return true;
    return raw === '0' || raw === 'false' ? false : undefined;
  },
  explain: (raw) => (typeof raw === 'string' ? '' : ' (in code, true or false)'),
};

/** A switch that only the environment has. */
export const environmentSwitch: Kind<boolean, never> = { ...onOrOff } as Kind<boolean, never>;

export const redaction: Kind<Redaction, readonly (string | RegExp)[]> = {
  expected:
    'field names, * for any characters but dots, and RE2 /patterns/, separated by commas in the environment',
  read: (raw) => {
    const rules = readRules(raw);
    return typeof rules === 'string' ? undefined : rules;
  },
  explain: (raw) => ` (${readRules(raw)})`,
};

/** In milliseconds. */
export const retention: Kind<number, string> = {
  expected: 'a day or more, such as 7d, 4w or 1y',
  read: (raw) => (typeof raw === 'string' ? parseRetention(raw) : undefined),
};

export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Kind<number> {
  const to = max === Number.MAX_SAFE_INTEGER ? 'up' : `to ${max}`;
  return {
    expected: `a whole number from ${min} ${to}`,
    read: (raw) => {
      const number = typeof raw === 'string' && /^\d+$/.test(raw.trim()) ? Number(raw) : raw;
      const isUsable =
        typeof number === 'number' && Number.isInteger(number) && number >= min && number <= max;
      return isUsable ? number : undefined;
    },
  };
}

export function oneOf<Word extends string>(...words: readonly Word[]): Kind<Word> {
  return {
    expected: words.join(' or '),
    read: (raw) => words.find((word) => word === raw),
  };
}
