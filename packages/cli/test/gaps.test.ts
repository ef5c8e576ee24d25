import fc from 'fast-check';
import { expect, it } from 'vitest';
import { gapsBetween, lengthOf } from '../src/gaps.ts';

const SPAN = { first: 1, last: 40 };

/** What the two queries answer for these numbers. */
function neighbors(present: ReadonlySet<number>, limit: number): [number[], number[]] {
  const sorted = [...present].sort((a, b) => a - b);
  const after = sorted.map((number) => number + 1).filter((number) => !present.has(number));
  const before = sorted.map((number) => number - 1).filter((number) => !present.has(number));
  return [after.slice(0, limit), before.slice(0, limit)];
}

/** Numbers of a span of which the last is always there: it is known because it was seen. */
const presentNumbers = fc
  .array(fc.integer({ min: SPAN.first, max: SPAN.last - 1 }))
  .map((numbers) => new Set([...numbers, SPAN.last]));

it('names every missing number and no other', () => {
  fc.assert(
    fc.property(presentNumbers, (present) => {
      const missing = gapsBetween(...neighbors(present, 99), SPAN).flatMap((range) =>
        Array.from({ length: lengthOf(range) }, (_, at) => range.first + at),
      );
      const all = Array.from({ length: lengthOf(SPAN) }, (_, at) => SPAN.first + at);
      expect(missing).toEqual(all.filter((number) => !present.has(number)));
    }),
  );
});

it('gives the first gaps when the answers were cut off', () => {
  fc.assert(
    fc.property(presentNumbers, fc.integer({ min: 1, max: 5 }), (present, count) => {
      const whole = gapsBetween(...neighbors(present, 99), SPAN);
      const cut = gapsBetween(...neighbors(present, count + 1), SPAN);
      expect(cut.slice(0, count)).toEqual(whole.slice(0, count));
    }),
  );
});
