/** Turns pino's level numbers into our levels. A logger can have its own numbers, or count the other way round. Pure. */
import { LEVELS, type Level, levelNamed } from '@direct-logging/core';

/** What a pino logger knows about its levels. */
export interface PinoLevels {
  readonly values: Readonly<Record<string, number>>;
}

type Anchor = readonly [number: number, level: Level];

/** Those of pino without settings. */
const USUAL = LEVELS.map((level, at): Anchor => [10 * (at + 1), level]);
/** Those that were found before. */
const known = new WeakMap<PinoLevels, readonly Anchor[]>();

/**
 * The level whose name the logger gave to this number. If there is none, that of the next less severe number that has one.
 * @param levels Default: the levels of pino without settings.
 */
export function levelOf(number: number, levels?: PinoLevels): Level {
  const anchors = levels === undefined ? USUAL : anchorsOf(levels);
  const [first, last] = [anchors[0] as Anchor, anchors.at(-1) as Anchor];
  const sign = last[0] < first[0] ? -1 : 1;
  return (anchors.filter(([at]) => at * sign <= number * sign).pop() ?? first)[1];
}

/** The numbers whose names stand for a level, the least severe first. */
function anchorsOf(levels: PinoLevels): readonly Anchor[] {
  const before = known.get(levels);
  if (before !== undefined) return before;
  const named = Object.entries(levels.values)
    .flatMap(([name, number]): Anchor[] => {
      const level = levelNamed(name);
      return level === undefined ? [] : [[number, level]];
    })
    .sort(([, one], [, other]) => LEVELS.indexOf(one) - LEVELS.indexOf(other));
  const anchors = named.length > 0 ? named : USUAL;
  known.set(levels, anchors);
  return anchors;
}
