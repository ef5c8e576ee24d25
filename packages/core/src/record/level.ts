/** Translates the levels of other loggers to ours: names and numbers. Pure. */
import { stripEscapes } from './escapes.ts';
import { LEVELS, type Level } from './record.ts';

/** What the level of another logger means. */
export interface Translation {
  /** Index into LEVELS. */
  readonly level: number;
  /** False when the original says more than our level (`NOTICE`, 35), and is worth keeping. */
  readonly exact: boolean;
}

const FATAL = 5;

/**
 * Other spellings of our levels and, after the bar, the levels of npm, winston, syslog, Java, Go and Google Cloud between ours.
 * Each is known in capitals, and as most loggers write it.
 */
const NAMES = translations([
  'TRACE TRC T | SILLY SILL FINEST FINER',
  'DEBUG DBG D | VERBOSE VERB HTTP TIMING FINE',
  'INFO INFORMATION INFORMATIONAL INF I | NOTICE LOG SUCCESS DEFAULT CONFIG',
  'WARN WARNING WRN W',
  'ERROR ERR E | SEVERE',
  'FATAL CRITICAL CRIT FTL F | EMERG EMERGENCY ALERT PANIC DPANIC',
]);

/** syslog's 0 (emergency) to 7 (debug). Emergency, alert and notice have no level of their own here. */
const SYSLOG = ['EMERG', 'ALERT', 'CRIT', 'ERR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'];

function translations(levels: readonly string[]): ReadonlyMap<string, Translation> {
  const known = new Map<string, Translation>();
  for (const [level, names] of levels.entries()) {
    let exact = true;
    for (const name of names.split(' ')) {
      if (name === '|') exact = false;
      else known.set(name, { level, exact }).set(name.toLowerCase(), { level, exact });
    }
  }
  return known;
}

/**
 * Translates a name in any case, coloured or not (`warning`, `NOTICE`), or a number: 10 to 999 in the steps of pino and bunyan,
 * syslog's 0 to 7. Undefined for anything else.
 */
export function translateLevel(value: unknown): Translation | undefined {
  if (typeof value === 'number') return translateNumber(value);
  if (typeof value !== 'string' || value.length === 0 || value.length > 40) return undefined;
  const name = stripEscapes(value).trim().toUpperCase();
  if (name === '') return undefined;
  return NAMES.get(name) ?? openTelemetryName(name) ?? translateNumber(Number(name));
}

/** The level that a name in any case means: ours, npm's, syslog's and other common names. Undefined for other words. */
export function levelNamed(name: string): Level | undefined {
  return LEVELS[indexOfName(name)];
}

/** The same as an index into LEVELS, or -1. */
export function indexOfName(name: string): number {
  return (NAMES.get(name) ?? NAMES.get(name.toUpperCase()))?.level ?? -1;
}

/** Translates OpenTelemetry's severity number, 1 to 24: four numbers for each of our levels. */
export function translateSeverityNumber(value: unknown): Translation | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 1 && number <= 24)) return undefined;
  return { level: Math.floor((number - 1) / 4), exact: number % 4 === 1 };
}

function translateNumber(number: number): Translation | undefined {
  if (number >= 0 && number <= 7) return NAMES.get(SYSLOG[number] ?? '');
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
