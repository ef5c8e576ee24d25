import { expect, it } from 'vitest';
import { parseDuration } from '../src/duration.ts';

it.each([
  ['250ms', 250],
  ['30s', 30_000],
  ['1h', 3_600_000],
  ['1h30m', 5_400_000],
  ['1.5h', 5_400_000],
  ['7d', 604_800_000],
  ['2w', 1_209_600_000],
])('reads %s', (text, ms) => {
  expect(parseDuration(text, '--since')).toBe(ms);
});

it.each(['', '1', 'h', '0s', '-1h', '1 h', '1y', '1h!', `${'9'.repeat(30)}d`])(
  'refuses "%s", naming the option',
  (text) => {
    expect(() => parseDuration(text, '--since')).toThrow(/^--since: must be a duration such as/);
  },
);
