import { describe, expect, it } from 'vitest';
import {
  afterAnswer,
  afterFailure,
  endOf,
  endOfPause,
  FIRST_SIZE,
  isCautious,
} from '../../../src/senders/write-through/request-rule.ts';

const MIB = 1024 * 1024;

describe('the end of requests', () => {
  const end = (count: number, bytes: number, ageMs: number) =>
    endOf({ count, bytes }, ageMs, 12 * MIB);

  it('comes with another idle connection at 64 lines or 16 KiB and 20 ms, or after a second', () => {
    expect(end(64, 1_000, 20)).toBe('beside another');
    expect(end(1, 16 * 1024, 20)).toBe('beside another');
    expect(end(63, 1_000, 999)).toBe('later');
    expect(end(1, 100, 1_000)).toBe('beside another');
    expect(end(10_000, MIB, 19)).toBe('later');
  });

  it('comes after three seconds unless the server is slow, and at the size that it takes in any case', () => {
    expect(end(1, 100, 3_000)).toBe('unless slow');
    expect(end(100_000, 11 * MIB, 2_999)).toBe('beside another');
    expect(end(100_000, 12 * MIB, 0)).toBe('now');
  });

  it('comes after a pause: a short one once in a second if another connection is idle, and none if the server is slow', () => {
    expect(endOfPause(10_000, 0, 'idle')).toBe(10_005);
    expect(endOfPause(10_000, 9_050, 'idle')).toBe(10_050);
    expect(endOfPause(10_000, 9_990, 'idle')).toBe(10_100);
    expect(endOfPause(10_000, 0, 'busy')).toBe(10_100);
    expect(endOfPause(10_000, 0, 'slow')).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('the size of requests', () => {
  it('begins large', () => {
    expect(FIRST_SIZE.bytes).toBe(12 * MIB);
    expect(isCautious(FIRST_SIZE)).toBe(false);
  });

  it('shrinks to half a second of what a slow server takes', () => {
    let size = afterAnswer(FIRST_SIZE, 0, 0);
    size = afterAnswer(size, 4 * MIB, 2_000);
    expect(size.bytes).toBe(MIB);
    expect(afterAnswer(size, MIB, 100_000).bytes).toBe(64 * 1024);
  });

  it('grows again where every answer comes late, however small its request', () => {
    let size = afterAnswer(FIRST_SIZE, 0, 1);
    for (const bytes of [600_000, 150_000]) size = afterAnswer(size, bytes, 2_000);
    expect(size.bytes).toBe(65_536);
    size = afterAnswer(size, 100_000, 2_000);
    expect(size.bytes).toBe(2 * 65_536);
    for (let answers = 0; answers < 8; answers++) size = afterAnswer(size, size.bytes, 2_050);
    expect(size.bytes).toBe(12 * MIB);
  });

  it('starts small after a failure and grows while answers are quick', () => {
    let size = afterFailure(afterAnswer(FIRST_SIZE, 0, 1));
    expect(size.bytes).toBe(256 * 1024);
    size = afterAnswer(size, 200_000, 400);
    expect(size.bytes).toBe(256 * 1024);
    for (let answers = 0; answers < 6; answers++) {
      expect(isCautious(size)).toBe(true);
      size = afterAnswer(size, 100, 5);
    }
    expect(isCautious(size)).toBe(false);
  });
});
