import { describe, expect, it } from 'vitest';
import { Segment, UNCOUNTED } from '../../../src/delivery/spool/segment.ts';

function withLines(lines: number): Segment {
  const segment = new Segment('/s/a.spool', 100);
  segment.lines = lines;
  return segment;
}

describe('Segment', () => {
  it('has the tags of its lines', () => {
    const segment = withLines(3);
    expect([99, 100, 102, 103].map((tag) => segment.has(tag))).toEqual([false, true, true, false]);
  });

  it('is done when every line is settled, in whatever order, however often', () => {
    const segment = withLines(3);
    for (const tag of [102, 100, 100]) segment.settle(tag);
    expect([segment.isDone, segment.inMemory]).toEqual([false, 1]);
    expect([100, 101, 102].map((tag) => segment.isSettled(tag))).toEqual([true, false, true]);
    segment.settle(101);
    expect(segment.isDone).toBe(true);
  });

  it('is done when what is not settled is only in the file', () => {
    const segment = withLines(3);
    segment.left = 2;
    expect(segment.isDone).toBe(false);
    segment.settle(100);
    expect(segment.isDone).toBe(true);
  });

  it('that was taken over is not done before it is read', () => {
    expect(withLines(UNCOUNTED).isDone).toBe(false);
  });

  it('that is read again has new tags, and remembers which lines are settled', () => {
    const segment = withLines(3);
    segment.settle(101);
    segment.left = 2;
    const again = segment.readAgain(500, 3);
    expect([again.path, again.has(101), again.has(501)]).toEqual(['/s/a.spool', false, true]);
    expect([500, 501, 502].map((tag) => again.isSettled(tag))).toEqual([false, true, false]);
    expect(again.inMemory).toBe(2);
    // What is settled under the new tags does not change what is known under the old ones.
    again.settle(500);
    expect(segment.isSettled(100)).toBe(false);
  });
});
