import { describe, expect, it } from 'vitest';
import { waitBeforeRetry } from '../../src/delivery/backoff.ts';

const BUSY = { kind: 'retryable', reason: 'status 503' } as const;

describe('waitBeforeRetry', () => {
  it('doubles from 50 ms to 5 s', () => {
    const waits = [1, 2, 3, 20].map((failures) => waitBeforeRetry(failures, BUSY, 0));
    expect(waits).toEqual([50, 100, 200, 5_000]);
  });

  it('takes off up to half of it at random', () => {
    expect(waitBeforeRetry(3, BUSY, 1)).toBe(100);
  });

  it('waits as long as the server asks, but not less than without being asked', () => {
    expect(waitBeforeRetry(1, { ...BUSY, retryAfterMs: 7_000 }, 0.5)).toBe(7_000);
    expect(waitBeforeRetry(20, { ...BUSY, retryAfterMs: 0 }, 0)).toBe(5_000);
  });
});
