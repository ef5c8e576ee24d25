import { describe, expect, test } from 'vitest';
import { isInWindow, parseTime } from '../../src/record/own-time.ts';

const NOW = Date.UTC(2026, 10, 25, 1, 2, 3, 45);

describe('parseTime', () => {
  test.each([
    ['1795557600', 1795557600000, ''],
    ['1795557600.123456', 1795557600123, '456'],
    ['1795557600123', 1795557600123, ''],
    ['"1795557600123"', 1795557600123, ''],
    ['1795557600123456', 1795557600123, '456'],
    ['1795557600123456789', 1795557600123, '456789'],
    ['"2026-11-24T22:00:00Z"', 1795557600000, ''],
    ['"2026-11-24T22:00:00.1Z"', 1795557600100, ''],
    ['"2026-11-24 23:00:00.123+01:00"', 1795557600123, ''],
    ['"2026-11-24T21:30:00.123456-0030"', 1795557600123, '456'],
    ['"2026-11-24T22:00:00.1234567Z"', 1795557600123, '456700'],
  ])('%s', (json, ms, digits) => {
    expect(parseTime(json)).toEqual({ ms, digits });
  });

  test.each([
    ['35'],
    ['-1'],
    ['1e12'],
    ['true'],
    ['"12:00"'],
    ['"2026-11-24"'],
    ['"2026-11-24T22:00:00"'],
    ['"2026-11-31T22:00:00Z"'],
    ['"2026-13-01T22:00:00Z"'],
    ['"2026-11-24T24:00:00Z"'],
    ['"2026-11-24T22:00:00,5Z"'],
    ['"2026-11-24T22:00:00.1234567890Z"'],
    ['"Tue Nov 24 2026"'],
  ])('%s is not a time', (json) => {
    expect(parseTime(json)).toBeUndefined();
  });
});

test('the window is that of the server with a margin', () => {
  const day = 86_400_000;
  expect(isInWindow(NOW - 6.9 * day, NOW)).toBe(true);
  expect(isInWindow(NOW - 7 * day, NOW)).toBe(false);
  expect(isInWindow(NOW + 1.9 * day, NOW)).toBe(true);
  expect(isInWindow(NOW + 2 * day, NOW)).toBe(false);
});
