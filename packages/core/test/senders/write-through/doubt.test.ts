import { describe, expect, it } from 'vitest';
import { Doubt } from '../../../src/senders/write-through/doubt.ts';

const KIB = 1024;
const EMPTY = { bytes: 0, ms: 0 };
const LATER = Number.POSITIVE_INFINITY;

/** After an empty request at 1,000 and a line at 1,010. */
function doubtOf(bytes: number, until = 500): Doubt {
  const doubt = new Doubt(500, until);
  doubt.answered(bytes, EMPTY, 1_000, 1_000);
  expect(doubt.due(1_000)).toBe(1);
  doubt.answered(bytes, { bytes: 300, ms: 1 }, 1_010, 1_010);
  expect(doubt.due(1_010)).toBe(16 * KIB);
  expect(doubt.dueAt).toBe(LATER);
  return doubt;
}

describe('Doubt', () => {
  it.each([
    ['its connection is soon dead, if 16 KiB take 2 ms', 64, 2, 1_040],
    ['a larger request gets more time', 1_024, 2, 1_640],
    ['a busy server gets more time', 1_024, 500, 161_000],
  ])('%s', (_, kib, ms, at) => {
    const doubt = doubtOf(kib * KIB);
    doubt.answered(kib * KIB, { bytes: 16 * KIB, ms }, 1_020, 1_020);
    expect(doubt.dueAt).toBe(at);
    expect(doubt.due(at - 1)).toBe(0);
    expect(doubt.due(at)).toBe(LATER);
    expect(doubt.due(at)).toBe(0);
  });

  it('sends nothing again while the server is as slow with an empty request, and little while it is with a line', () => {
    const doubt = new Doubt(500, 2_000);
    doubt.answered(64 * KIB, { bytes: 0, ms: 200 }, 700, 700);
    expect([doubt.due(1_699), doubt.due(1_700)]).toEqual([0, 1]);
    doubt.answered(64 * KIB, { bytes: 300, ms: 400 }, 2_100, 2_100);
    expect([doubt.due(2_699), doubt.due(2_700)]).toEqual([0, 16 * KIB]);
  });

  it('goes by the first evidence', () => {
    const doubt = doubtOf(64 * KIB);
    doubt.answered(64 * KIB, { bytes: 16 * KIB, ms: 20 }, 1_050, 1_050);
    doubt.answered(64 * KIB, { bytes: 16 * KIB, ms: 1 }, 1_060, 1_060);
    expect(doubt.dueAt).toBe(1_400);
  });

  it('goes by the largest newer request in the last step: small ones show mostly what each request takes', () => {
    const doubt = new Doubt(500, 500);
    doubt.answered(1_024 * KIB, { bytes: 256 * KIB, ms: 20 }, 1_000, 1_000);
    expect(doubt.due(1_100)).toBe(1);
    doubt.answered(1_024 * KIB, { bytes: 300, ms: 4 }, 1_110, 1_110);
    expect(doubt.due(1_130)).toBe(16 * KIB);
    doubt.answered(1_024 * KIB, { bytes: 16 * KIB, ms: 10 }, 1_140, 1_140);
    expect(doubt.dueAt).toBe(1_400);
    doubt.answered(1_024 * KIB, { bytes: 64 * KIB, ms: 1 }, 1_150, 1_150);
    expect(doubt.dueAt).toBe(1_400);
    doubt.answered(1_024 * KIB, { bytes: 512 * KIB, ms: 30 }, 1_160, 1_160);
    expect(doubt.dueAt).toBe(1_300);
  });

  it('goes by one that ended before the step, but not by one that ended before the doubt began: the server may have been frozen', () => {
    const doubt = new Doubt(500, 500);
    doubt.answered(1_024 * KIB, { bytes: 512 * KIB, ms: 400 }, 499, 900);
    doubt.answered(1_024 * KIB, EMPTY, 1_000, 1_000);
    expect(doubt.due(1_000)).toBe(1);
    doubt.answered(1_024 * KIB, { bytes: 256 * KIB, ms: 20 }, 999, 1_005);
    expect(doubt.dueAt).toBe(LATER);
    doubt.answered(1_024 * KIB, { bytes: 300, ms: 4 }, 1_010, 1_010);
    expect(doubt.due(1_030)).toBe(16 * KIB);
    doubt.answered(1_024 * KIB, { bytes: 16 * KIB, ms: 10 }, 1_040, 1_040);
    expect(doubt.dueAt).toBe(1_400);
  });

  it('is done sooner if the answer to a large request comes after that of the step', () => {
    const doubt = doubtOf(1_024 * KIB);
    doubt.answered(1_024 * KIB, { bytes: 16 * KIB, ms: 10 }, 1_030, 1_040);
    expect(doubt.dueAt).toBe(4_200);
    doubt.answered(1_024 * KIB, { bytes: 512 * KIB, ms: 30 }, 1_005, 1_050);
    expect(doubt.dueAt).toBe(1_300);
  });

  it('gives a server that has become slower the time of the step', () => {
    const doubt = doubtOf(64 * KIB);
    doubt.answered(64 * KIB, { bytes: 256 * KIB, ms: 20 }, 1_005, 1_020);
    doubt.answered(64 * KIB, { bytes: 16 * KIB, ms: 500 }, 1_030, 1_530);
    expect(doubt.dueAt).toBe(3_500);
  });

  it('waits for half of the time that is left since the first sign of life', () => {
    const doubt = doubtOf(64 * KIB, 1_800);
    doubt.answered(64 * KIB, { bytes: 16 * KIB, ms: 2 }, 1_020, 1_020);
    expect(doubt.dueAt).toBe(1_400);
  });

  it('learns nothing more from empty requests', () => {
    const doubt = doubtOf(64 * KIB);
    doubt.answered(64 * KIB, EMPTY, 1_020, 1_020);
    expect(doubt.since).toBe(1_010);
    expect(doubt.dueAt).toBe(LATER);
  });
});
