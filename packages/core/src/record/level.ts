/** The names of the levels of other loggers, and what each means here. Pure. */
import { LEVELS, type Level } from './record.ts';

/** What the level of another logger means. */
export interface Translation {
  /** Index into LEVELS. */
  readonly level: number;
  /** False when the original says more than our level (`NOTICE`, 35), and is worth keeping. */
  readonly exact: boolean;
}

/**
 * Other spellings of our levels and, after the bar, the levels of npm, winston, syslog, Java, Go and Google Cloud between ours.
 * Each is known in capitals, and as most loggers write it.
 */
export const NAMES: ReadonlyMap<string, Translation> = translations([
  'TRACE TRC T | SILLY SILL FINEST FINER',
  'DEBUG DBG D | VERBOSE VERB HTTP TIMING FINE',
  'INFO INFORMATION INFORMATIONAL INF I | NOTICE LOG SUCCESS DEFAULT CONFIG',
  'WARN WARNING WRN W',
  'ERROR ERR E | SEVERE',
  'FATAL CRITICAL CRIT FTL F | EMERG EMERGENCY ALERT PANIC DPANIC',
]);

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

/** The level that a name in any case means: ours, npm's, syslog's and other common names. Undefined for other words. */
export function levelNamed(name: string): Level | undefined {
  return LEVELS[indexOfName(name)];
}

/** The same as an index into LEVELS, or -1. */
export function indexOfName(name: string): number {
  return (NAMES.get(name) ?? NAMES.get(name.toUpperCase()))?.level ?? -1;
}
