/** Durations as people write them: `30s`, `1h30m`. Pure. */
import { CommandError } from './command-error.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const PARTS = /(\d+(?:\.\d+)?)(ms|[smhdw])/g;
const WHOLE = /^(?:\d+(?:\.\d+)?(?:ms|[smhdw]))+$/;

/**
 * In milliseconds.
 * @throws CommandError that names the option when the text is not a duration above zero.
 */
export function parseDuration(text: string, option: string): number {
  let sum = 0;
  if (WHOLE.test(text)) {
    for (const [, number, unit = ''] of text.matchAll(PARTS)) {
      sum += Number(number) * (UNIT_MS[unit] ?? Number.NaN);
    }
  }
  if (sum > 0 && Number.isSafeInteger(Math.ceil(sum))) return Math.ceil(sum);
  throw new CommandError(
    `${option}: must be a duration such as 90s, 1h30m or 7d; got ${JSON.stringify(text)}`,
  );
}
