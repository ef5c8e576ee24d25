import { describe, expect, it } from 'vitest';
import { placeOf, Segment } from '../../../src/delivery/spool/segment.ts';

function withLines(lines: number): Segment {
  const segment = new Segment(1, '/s/a.spool');
  segment.lines = lines;
  return segment;
}

describe('Segment', () => {
  it('finds file and place by a tag, which is never 0', () => {
    const places = [0, 1, 2 ** 21];
    expect(places.map((place) => placeOf(withLines(3).tagOf(place)))).toEqual(
      places.map((place) => ({ id: 1, place })),
    );
    expect(withLines(3).tagOf(0)).toBeGreaterThan(0);
  });

  it('has lines in memory until every line is settled, in whatever order, however often', () => {
    const segment = withLines(3);
    for (const place of [2, 0, 0]) segment.settle(place);
    expect(segment.inMemory).toBe(1);
    expect([0, 1, 2].map((place) => segment.isSettled(place))).toEqual([true, false, true]);
    segment.settle(1);
    expect(segment.inMemory).toBe(0);
  });

  it('has none in memory when what is not settled is only in the file', () => {
    const segment = withLines(3);
    segment.left = 2;
    expect(segment.inMemory).toBe(1);
    segment.settle(0);
    expect(segment.inMemory).toBe(0);
  });

  it('that is read again has new tags, and remembers which lines are settled', () => {
    const segment = withLines(3);
    segment.settle(1);
    segment.left = 2;
    const again = segment.readAgain(7, 3);
    expect([again.path, placeOf(again.tagOf(1))]).toEqual(['/s/a.spool', { id: 7, place: 1 }]);
    expect([0, 1, 2].map((place) => again.isSettled(place))).toEqual([false, true, false]);
    expect(again.inMemory).toBe(2);
    // What is settled under the new tags does not change what is known under the old ones.
    again.settle(0);
    expect(segment.isSettled(0)).toBe(false);
  });
});
