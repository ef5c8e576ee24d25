/** Translates the levels of other loggers to ours: names and numbers. Pure. */
import { LEVELS, type Level } from './record.ts';

/** What the level of another logger means. */
export interface Translation {
  /** Index into LEVELS. */
  readonly level: number;
  /** False when the original says more than our level (`NOTICE`, 35), and is worth keeping. */
  readonly exact: boolean;
}

const TRACE = 0;
const DEBUG = 1;
const INFO = 2;
const WARN = 3;
const ERROR = 4;
const FATAL = 5;

/** Other spellings of our levels. */
const SPELLINGS: ReadonlyArray<readonly [level: number, names: string]> = [
  [TRACE, 'TRACE TRC T'],
  [DEBUG, 'DEBUG DBG D'],
  [INFO, 'INFO INFORMATION INFORMATIONAL INF I'],
  [WARN, 'WARN WARNING WRN W'],
  [ERROR, 'ERROR ERR E'],
  [FATAL, 'FATAL CRITICAL CRIT FTL F'],
];
/** Levels between ours: npm's and winston's, syslog's, Java's, Go's, Google Cloud's. */
const NEIGHBOURS: ReadonlyArray<readonly [level: number, names: string]> = [
  [TRACE, 'SILLY SILL FINEST FINER'],
  [DEBUG, 'VERBOSE VERB HTTP TIMING FINE'],
  [INFO, 'NOTICE LOG SUCCESS DEFAULT CONFIG'],
  [ERROR, 'SEVERE'],
  [FATAL, 'EMERG EMERGENCY ALERT PANIC DPANIC'],
];

/** In capitals, and in lower case as most loggers have them. */
const NAMES: ReadonlyMap<string, Translation> = new Map([
  ...translations(SPELLINGS, true),
  ...translations(NEIGHBOURS, false),
]);

/** syslog's 0 (emergency) to 7 (debug). */
const SYSLOG = [FATAL, FATAL, FATAL, ERROR, WARN, INFO, INFO, DEBUG];
/** 0 emergency, 1 alert and 5 notice have no level of their own here. */
const SYSLOG_EXACT = [false, false, true, true, true, false, true, true];
/** The escape sequences that loggers use to colour a level. */
const COLOUR = new RegExp(`${String.fromCharCode(0x1b)}\\[[\\d;]*m`, 'g');

function translations(
  table: ReadonlyArray<readonly [number, string]>,
  exact: boolean,
): Array<[string, Translation]> {
  return table.flatMap(([level, names]) =>
    [...names.split(' '), ...names.toLowerCase().split(' ')].map((name): [string, Translation] => [
      name,
      { level, exact },
    ]),
  );
}

/**
 * Translates a name in any case, coloured or not (`warning`, `NOTICE`), or a number: 10 to 999 in the steps of pino and bunyan,
 * syslog's 0 to 7. Undefined for anything else.
 */
export function translateLevel(value: unknown): Translation | undefined {
  if (typeof value === 'number') return translateNumber(value);
  if (typeof value !== 'string' || value.length === 0 || value.length > 40) return undefined;
  const name = value.replace(COLOUR, '').trim().toUpperCase();
  if (name === '') return undefined;
  return NAMES.get(name) ?? openTelemetryName(name) ?? translateNumber(Number(name));
}

/** The level that a name in any case means: ours, npm's, syslog's and other common names. Undefined for other words. */
export function levelNamed(name: string): Level | undefined {
  const translation = NAMES.get(name) ?? NAMES.get(name.toUpperCase());
  return translation && LEVELS[translation.level];
}

/** The same as an index into LEVELS, or -1. */
export function indexOfName(name: string): number {
  return NAMES.get(name)?.level ?? NAMES.get(name.toUpperCase())?.level ?? -1;
}

/** Translates OpenTelemetry's severity number, 1 to 24: four numbers for each of our levels. */
export function translateSeverityNumber(value: unknown): Translation | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 1 && number <= 24)) return undefined;
  return { level: Math.floor((number - 1) / 4), exact: number % 4 === 1 };
}

function translateNumber(number: number): Translation | undefined {
  if (number >= 0 && number <= 7) {
    const level = SYSLOG[number];
    return level === undefined ? undefined : { level, exact: SYSLOG_EXACT[number] === true };
  }
  if (!(number >= 10 && number < 1000)) return undefined;
  const level = Math.min(Math.floor(number / 10) - 1, FATAL);
  return { level, exact: number % 10 === 0 && number <= 60 };
}

/** `INFO2` to `INFO4`: OpenTelemetry's steps between two levels. */
function openTelemetryName(name: string): Translation | undefined {
  if (!/^[A-Z]{4,5}[2-4]$/.test(name)) return undefined;
  const level = (LEVELS as readonly string[]).indexOf(name.slice(0, -1));
  return level < 0 ? undefined : { level, exact: false };
}
