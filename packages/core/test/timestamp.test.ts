import { describe, expect, test } from 'vitest';
import { isInWindow, parseTime, Timestamps } from '../src/timestamp.ts';

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

describe('Timestamps', () => {
  test('has nine digits', () => {
    const timestamps = new Timestamps(() => NOW);
    expect(timestamps.next()).toBe('2026-11-25T01:02:03.045000000Z');
    expect(timestamps.next()).toBe('2026-11-25T01:02:03.045000001Z');
  });

  test('increases in one millisecond, over its end, and when the clock goes back or mad', () => {
    let ms = NOW;
    const timestamps = new Timestamps(() => ms);
    let last = '';
    for (let at = 0; at < 1_200_000; at++) {
      if (at === 600_000) ms -= 5000;
      if (at === 1_100_000) ms = Number.NaN;
      if (at === 1_150_000) ms = NOW + 5000;
      const next = timestamps.next();
      if (!(next > last)) throw new Error(`${last} ${next}`);
      last = next;
    }
    expect(last).toMatch(/^2026-11-25T01:02:08\.045\d{6}Z$/);
  });

  test('lines with a time in milliseconds keep their order among each other and with ours', () => {
    const timestamps = new Timestamps(() => NOW);
    const own = { ms: NOW, digits: '' };
    const times = [timestamps.complete(own), timestamps.next(), timestamps.complete(own)];
    expect(times).toEqual([...times].sort());
    expect(new Set(times).size).toBe(3);
  });

  test('finer times keep their digits', () => {
    const timestamps = new Timestamps(() => NOW);
    timestamps.next();
    expect(timestamps.complete({ ms: NOW, digits: '123' })).toBe('2026-11-25T01:02:03.045123001Z');
    expect(timestamps.complete({ ms: NOW, digits: '123456' })).toBe(
      '2026-11-25T01:02:03.045123456Z',
    );
  });
});
