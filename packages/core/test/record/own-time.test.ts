import { describe, expect, test } from 'vitest';
import { isInWindow, parseTime, retime } from '../../src/record/own-time.ts';

const NOW = Date.UTC(2026, 10, 25, 1, 2, 3, 45);

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

describe('retime', () => {
  const old = '{"_time":"2026-11-01T00:00:00.000000001Z","_msg":"é"}\n';
  const renewed =
    '{"_time":"2026-11-25T01:02:03.045Z","_time_extracted":"2026-11-01T00:00:00.000000001Z","_msg":"é"}\n';

  test('gives a line that the server would drop the present time', () => {
    expect(retime(old, NOW)).toBe(renewed);
    expect(retime(Buffer.from(old), NOW)).toEqual(Buffer.from(renewed));
  });

  test('leaves a line alone whose time is fine', () => {
    const line = Buffer.from(retime(old, NOW));
    expect(retime(line, NOW)).toBe(line);
  });

  test('keeps the first time of a line that waits twice', () => {
    const later = retime(renewed, NOW + 30 * 86_400_000);
    expect(later).toBe(renewed.replace('2026-11-25T01', '2026-12-25T01'));
  });
});

test('the window is that of the server with a margin', () => {
  const day = 86_400_000;
  expect(isInWindow(NOW - 6.9 * day, NOW)).toBe(true);
  expect(isInWindow(NOW - 7 * day, NOW)).toBe(false);
  expect(isInWindow(NOW + 1.9 * day, NOW)).toBe(true);
  expect(isInWindow(NOW + 2 * day, NOW)).toBe(false);
});
