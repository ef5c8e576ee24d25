/** pino's numbers of levels as our levels: a logger may have numbers of its own, or count the other way round. Pure. */
import { LEVELS, type Level, levelNamed } from '@direct-logging/core';

/** What a pino logger knows of its levels. */
export interface PinoLevels {
  /** Numbers by name. */
  readonly values: Readonly<Record<string, number>>;
}

type Anchor = readonly [number: number, level: Level];

const anchorsOf = new WeakMap<PinoLevels, readonly Anchor[]>();

/**
 * The level whose name the logger gave to this number, else that of the next less severe number with a name that says one.
 * @param levels Default: what pino has without settings.
 */
export function levelOf(number: number, levels?: PinoLevels): Level {
  const anchors = levels === undefined ? [] : known(levels);
  const [first, last] = [anchors[0], anchors.at(-1)];
  if (first === undefined || last === undefined) return byTens(number);
  const sign = last[0] < first[0] ? -1 : 1;
  return (anchors.findLast(([at]) => at * sign <= number * sign) ?? first)[1];
}

function known(levels: PinoLevels): readonly Anchor[] {
  const before = anchorsOf.get(levels);
  if (before !== undefined) return before;
  const anchors = Object.entries(levels.values)
    .flatMap(([name, number]): Anchor[] => {
      const level = levelNamed(name);
      return level === undefined ? [] : [[number, level]];
    })
    .sort(([, one], [, other]) => LEVELS.indexOf(one) - LEVELS.indexOf(other));
  anchorsOf.set(levels, anchors);
  return anchors;
}

function byTens(number: number): Level {
  const index = Math.floor(number / 10) - 1;
  return LEVELS[Math.min(Math.max(index, 0), LEVELS.length - 1)] as Level;
}
