import { describe, expect, it } from 'vitest';
import {
  afterAnswer,
  afterFailure,
  FIRST_SIZE,
  isCautious,
} from '../../../src/senders/write-through/request-size.ts';

const MIB = 1024 * 1024;

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
