/** winston's names of levels as our levels: a logger may have names of its own. Pure. */
import { type Level, levelNamed } from '@direct-logging/core';

/** winston's priorities by name of the level: the lower, the more important. */
export type Levels = Readonly<Record<string, number>>;

/**
 * The level that the name stands for. A name of the application's own counts as the next less important one that we know,
 * else as the next more important.
 */
export function levelOf(name: string, levels: Levels = {}): Level | undefined {
  const known = levelNamed(name);
  const priority = levels[name];
  if (known !== undefined || priority === undefined) return known;
  const others = Object.entries(levels)
    .filter(([other]) => levelNamed(other) !== undefined)
    .sort(([, a], [, b]) => a - b);
  const next = others.find(([, at]) => at > priority) ?? others.at(-1);
  return next && levelNamed(next[0]);
}

/** Whether our level says less than the name does, which is then worth keeping. */
export function saysMore(name: string, level: Level | undefined): boolean {
  return !EXACT.has(name) && name.toUpperCase() !== level;
}

/** Our levels as most loggers spell them, and other spellings of them. */
const EXACT = new Set([
  'trace',
  'debug',
  'info',
  'warn',
  'error',
  'fatal',
  'crit',
  'critical',
  'warning',
]);
