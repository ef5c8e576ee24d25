import { expect, test } from 'vitest';
import { parseRetention } from '../../src/record/parse-retention.ts';
import { DAY_MS } from '../../src/record/retention.ts';

test.each([
  ['7d', 7],
  ['24h', 1],
  [' 4w ', 28],
  ['3', 93],
  ['3M', 93],
  ['100y', 36_500],
  ['23h', undefined],
  ['0d', undefined],
  ['', undefined],
  ['7days', undefined],
  ['-7d', undefined],
  ['1.5d', undefined],
])('a retention of %j is %j days', (text, days) => {
  expect(parseRetention(text)).toBe(days === undefined ? undefined : days * DAY_MS);
});
