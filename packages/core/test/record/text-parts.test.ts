import { expect, it } from 'vitest';
import { COLOR, endOfMatch, QUOTE, skipBlanks, united } from '../../src/record/text-parts.ts';

it.each([
  ['a =b', 1, 2],
  ['a=b', 1, 1],
  ['a \t\u001b[1;31m  b', 1, 12],
])('skips the blanks and colors of %j from %i on', (text, at, end) => {
  expect(skipBlanks(text, at)).toBe(end);
});

it.each([' ', '\u001b[31m'])('skips more of %j than one match of V8 can go back over', (blank) => {
  const text = blank.repeat(10_000_000);
  expect(skipBlanks(`${text}a`, 0)).toBe(text.length);
});

it.each([
  ['="x', 1],
  ["='x", 1],
  ['=""x', 2],
  ['x"" ', 2],
  // An empty string.
  ['="" ', 1],
  ['=a', 0],
])('takes so many characters after the first of %j for a mark: %i', (text, length) => {
  expect(endOfMatch(new RegExp(QUOTE, 'y'), text, 1)).toBe(1 + length);
});

it.each([
  ['\u001b[1;31m', true],
  ['\u001b[K', true],
  ['\u001b]8;;https://example.com\u0007', true],
  ['\u001b[2A', false],
])('knows what stands between parts and shows nothing: %j', (text, isHidden) => {
  expect(new RegExp(`^${COLOR}$`).test(text)).toBe(isHidden);
});

it('unites ranges that overlap, and no others', () => {
  const range = (start: number, end: number) => ({ start, end });
  const given = [range(7, 9), range(0, 3), range(2, 5), range(1, 2), range(5, 6)];
  expect(united(given)).toEqual([range(0, 5), range(5, 6), range(7, 9)]);
  expect(united([])).toEqual([]);
});
