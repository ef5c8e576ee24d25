import { describe, expect, it } from 'vitest';
import { earlyFlushDelayMs, longestWaitMs } from '../src/flush-budget.ts';

describe('longestWaitMs', () => {
  it.each([
    ['before the first invocation', undefined, 250],
    ['with three seconds left', 4000, 1400],
    ['with 300 ms left', 1300, 50],
    ['with 200 ms left', 1200, 0],
    ['after the deadline', 900, 0],
  ])('%s', (_, deadlineMs, expected) => {
    expect(longestWaitMs(deadlineMs, 1000)).toBe(expected);
  });
});

describe('earlyFlushDelayMs', () => {
  it.each([
    ['without a deadline', undefined, undefined],
    ['200 ms before the deadline', 4000, 2800],
    ['not at all for a very short time', 1200, undefined],
    ['not with a delay that no timer can hold', 1000 + 2 ** 32, undefined],
  ])('%s', (_, deadlineMs, expected) => {
    expect(earlyFlushDelayMs(deadlineMs, 1000)).toBe(expected);
  });
});
