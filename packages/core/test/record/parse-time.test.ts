import { describe, expect, test } from 'vitest';
import { isInWindow, parseTime } from '../../src/record/parse-time.ts';

const NOW = Date.UTC(2026, 10, 25, 1, 2, 3, 45);
const DAY_MS = 86_400_000;

describe('parseTime', () => {
  test.each([
    ['1795557600', 1795557600000, ''],
    ['1795557600.123456', 1795557600123, '456'],
    ['1795557600123', 1795557600123, ''],
    ['"1795557600123"', 1795557600123, ''],
    ['2147483648000', 2147483648, '000'],
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

test('times of the same second are read alike, whatever came before', () => {
  const before = ['"2026-11-24T22:00:00.001Z"', '"2026-11-24T22:00:00.0x1Z"', '1795557600x23'];
  expect(before.map(parseTime)).toEqual([{ ms: 1795557600001, digits: '' }, undefined, undefined]);
  expect(parseTime('"2026-11-24T22:00:00.999Z"')).toEqual({ ms: 1795557600999, digits: '' });
  expect(parseTime('"2026-11-24T22:00:01.999Z"')).toEqual({ ms: 1795557601999, digits: '' });
});

test.each([1, 7, 365])(
  'the window is that of a server that keeps %i days, with a margin',
  (days) => {
    const window = { nowMs: NOW, retentionMs: days * DAY_MS };
    expect(isInWindow(NOW - (days - 0.1) * DAY_MS, window)).toBe(true);
    expect(isInWindow(NOW - days * DAY_MS, window)).toBe(false);
    expect(isInWindow(NOW + 1.9 * DAY_MS, window)).toBe(true);
    expect(isInWindow(NOW + 2 * DAY_MS, window)).toBe(false);
  },
);
