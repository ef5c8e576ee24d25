/** Turns winston's level names into our levels. A logger can have its own names. Pure. */
import { type Level, levelNamed, translateLevel } from '@direct-logging/core';

/** winston's priorities by level name. The lower the number, the more important the level. */
export type Levels = Readonly<Record<string, number>>;

/**
 * The level that the name stands for. An unknown name in `levels` counts as the next less important name that we know. If
 * there is none, it counts as the next more important one.
 */
export function levelOf(name: string, levels: Levels = {}): Level | undefined {
  const known = levelNamed(name);
  const priority = Object.hasOwn(levels, name) ? levels[name] : undefined;
  if (known !== undefined || priority === undefined) return known;
  const others = Object.entries(levels)
    .filter(([other]) => levelNamed(other) !== undefined)
    .sort(([, a], [, b]) => a - b);
  const next = others.find(([, at]) => at > priority) ?? others.at(-1);
  return next && levelNamed(next[0]);
}

/** Whether the name says more than our level. Then it is worth keeping. */
export function saysMore(name: string, level: Level | undefined): boolean {
  return name.toUpperCase() !== level && translateLevel(name)?.exact !== true;
}
