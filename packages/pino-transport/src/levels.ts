/** Turns pino's level numbers into our levels. A logger can have its own numbers, or count the other way round. Pure. */
import { LEVELS, type Level, levelNamed } from '@direct-logging/core';

/** What a pino logger knows about its levels. */
export interface PinoLevels {
  /** Numbers by name. */
  readonly values: Readonly<Record<string, number>>;
}

type Anchor = readonly [number: number, level: Level];

/** Levels that were found before, by the logger's levels and by number. */
const known = new WeakMap<PinoLevels, Map<number, Level>>();

/**
 * The level whose name the logger gave to this number. If there is none, that of the next less severe number that has one.
 * @param levels Default: the levels of pino without settings.
 */
export function levelOf(number: number, levels?: PinoLevels): Level {
  if (levels === undefined) return byTens(number);
  let ofLogger = known.get(levels);
  if (ofLogger === undefined) {
    ofLogger = new Map();
    known.set(levels, ofLogger);
  }
  let level = ofLogger.get(number);
  if (level === undefined) {
    level = nearest(number, anchorsOf(levels));
    ofLogger.set(number, level);
  }
  return level;
}

function nearest(number: number, anchors: readonly Anchor[]): Level {
  const [first, last] = [anchors[0], anchors.at(-1)];
  if (first === undefined || last === undefined) return byTens(number);
  const sign = last[0] < first[0] ? -1 : 1;
  return (anchors.findLast(([at]) => at * sign <= number * sign) ?? first)[1];
}

/** The numbers whose names stand for a level, the least severe first. */
function anchorsOf(levels: PinoLevels): Anchor[] {
  return Object.entries(levels.values)
    .flatMap(([name, number]): Anchor[] => {
      const level = levelNamed(name);
      return level === undefined ? [] : [[number, level]];
    })
    .sort(([, one], [, other]) => LEVELS.indexOf(one) - LEVELS.indexOf(other));
}

function byTens(number: number): Level {
  const index = Math.floor(number / 10) - 1;
  return LEVELS[Math.min(Math.max(index, 0), LEVELS.length - 1)] as Level;
}
