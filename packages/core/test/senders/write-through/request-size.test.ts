import { describe, expect, it } from 'vitest';
import { RequestSize } from '../../../src/senders/write-through/request-size.ts';

const MIB = 1024 * 1024;

describe('RequestSize', () => {
  it('begins with large requests', () => {
    const size = new RequestSize();
    expect(size.bytes).toBe(12 * MIB);
    expect(size.isCautious).toBe(false);
  });

  it('shrinks to half a second of what a slow server takes', () => {
    const size = new RequestSize();
    size.answered(0, 0);
    size.answered(4 * MIB, 2_000);
    expect(size.bytes).toBe(MIB);
    size.answered(MIB, 100_000);
    expect(size.bytes).toBe(64 * 1024);
  });

  it('grows again where every answer comes late, however small its request', () => {
    const size = new RequestSize();
    size.answered(0, 1);
    for (const bytes of [600_000, 150_000]) size.answered(bytes, 2_000);
    expect(size.bytes).toBe(65_536);
    size.answered(100_000, 2_000);
    expect(size.bytes).toBe(2 * 65_536);
    for (let answers = 0; answers < 8; answers++) size.answered(size.bytes, 2_050);
    expect(size.bytes).toBe(12 * MIB);
  });

  it('starts small after a failure and grows while answers are quick', () => {
    const size = new RequestSize();
    size.answered(0, 1);
    size.failed();
    expect(size.bytes).toBe(256 * 1024);
    size.answered(200_000, 400);
    expect(size.bytes).toBe(256 * 1024);
    for (let answers = 0; answers < 6; answers++) {
      expect(size.isCautious).toBe(true);
      size.answered(100, 5);
    }
    expect(size.isCautious).toBe(false);
  });
});
