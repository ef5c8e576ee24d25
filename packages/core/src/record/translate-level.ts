/** Translates the levels of other loggers to ours: names in any way of writing, and numbers. Pure. @lazy json */
import { stripEscapes } from './escapes.ts';
import { NAMES, type Translation } from './level.ts';
import { LEVELS } from './record.ts';

const FATAL = 5;

/** syslog's 0 (emergency) to 7 (debug). Emergency, alert and notice have no level of their own here. */
const SYSLOG = ['EMERG', 'ALERT', 'CRIT', 'ERR', 'WARNING', 'NOTICE', 'INFO', 'DEBUG'];

/**
 * Translates a name in any case, colored or not (`warning`, `NOTICE`), or a number: 10 to 99 in the steps of pino and bunyan,
 * syslog's 0 to 7. Undefined for anything else.
 */
export function translateLevel(value: unknown): Translation | undefined {
  if (typeof value === 'number') return translateNumber(value);
  if (typeof value !== 'string' || value.length === 0 || value.length > 40) return undefined;
  const name = stripEscapes(value).trim().toUpperCase();
  if (name === '') return undefined;
  return NAMES.get(name) ?? openTelemetryName(name) ?? translateNumber(Number(name));
}

/** Translates OpenTelemetry's severity number, 1 to 24: four numbers for each of our levels. */
export function translateSeverityNumber(value: unknown): Translation | undefined {
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !(number >= 1 && number <= 24)) return undefined;
  return { level: Math.floor((number - 1) / 4), exact: number % 4 === 1 };
}

function translateNumber(number: number): Translation | undefined {
  if (number >= 0 && number <= 7) return NAMES.get(SYSLOG[number] ?? '');
  if (!(number >= 10 && number < 100)) return undefined;
  const level = Math.min(Math.floor(number / 10) - 1, FATAL);
  return { level, exact: number % 10 === 0 && number <= 60 };
}

/** `INFO2` to `INFO4`: OpenTelemetry's steps between two levels. */
function openTelemetryName(name: string): Translation | undefined {
  if (!/^[A-Z]{4,5}[2-4]$/.test(name)) return undefined;
  const level = (LEVELS as readonly string[]).indexOf(name.slice(0, -1));
  return level < 0 ? undefined : { level, exact: false };
}
