/** Durations as people write them: `30s`, `1h30m`. Pure. */
import { CommandError } from './command-error.ts';

const UNIT_MS: ReadonlyMap<string, number> = new Map(
  Object.entries({ ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }),
);

/**
 * In milliseconds.
 * @throws CommandError that names the option when the text is not a duration above zero.
 */
export function parseDuration(text: string, option: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)];
  const isWhole = parts.map(([part]) => part).join('') === text;
  const ms = parts.reduce(
    (sum, [, count, unit = '']) => sum + Number(count) * (UNIT_MS.get(unit) ?? 0),
    0,
  );
  if (isWhole && ms > 0 && Number.isSafeInteger(Math.ceil(ms))) return Math.ceil(ms);
  throw new CommandError(
    `${option}: must be a duration such as 90s, 1h30m or 7d; got ${JSON.stringify(text)}`,
  );
}
