import { describe, expect, test } from 'vitest';
import { Counter, Timestamps, threeDigits } from '../../src/encode/timestamps.ts';

const NOW = Date.UTC(2026, 10, 25, 1, 2, 3, 45);

describe('Timestamps', () => {
  test('has nine digits', () => {
    const timestamps = new Timestamps({ now: () => NOW });
    expect(timestamps.next()).toBe('2026-11-25T01:02:03.045000000Z');
    expect(timestamps.next()).toBe('2026-11-25T01:02:03.045000001Z');
  });

  test('increases in one millisecond, over its end, and when the clock goes back or mad', () => {
    let ms = NOW;
    const timestamps = new Timestamps({ now: () => ms });
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

  test('falls back when the clock was far ahead for a while', () => {
    let ms = NOW + 30 * 86_400_000;
    const timestamps = new Timestamps({ now: () => ms });
    expect(timestamps.next()).toBe('2026-12-25T01:02:03.045000000Z');
    ms = NOW;
    expect(timestamps.next()).toBe('2026-11-25T01:02:03.045000001Z');
    expect(timestamps.next()).toBe('2026-11-25T01:02:03.045000002Z');
    ms = NOW + 1000;
    expect(timestamps.next()).toBe('2026-11-25T01:02:04.045000003Z');
  });

  test('lines with a time in milliseconds keep their order among each other and with ours', () => {
    const timestamps = new Timestamps({ now: () => NOW });
    const own = { ms: NOW, digits: '' };
    const times = [timestamps.complete(own), timestamps.next(), timestamps.complete(own)];
    expect(times).toEqual([...times].sort());
    expect(new Set(times).size).toBe(3);
  });

  test('finer times keep their digits', () => {
    const timestamps = new Timestamps({ now: () => NOW });
    timestamps.next();
    expect(timestamps.complete({ ms: NOW, digits: '123' })).toBe('2026-11-25T01:02:03.045123001Z');
    expect(timestamps.complete({ ms: NOW, digits: '123456' })).toBe(
      '2026-11-25T01:02:03.045123456Z',
    );
  });
});

test('a counter counts as String does', () => {
  const counter = new Counter();
  for (let number = 1; number <= 12_345; number++) {
    expect(counter.next()).toBe(String(number));
    expect(counter.last).toBe(number);
  }
});

test.each([1, 999, 1000, 1999, 12_344])(
  'a counter goes on from %d when it is set back to it',
  (number) => {
    const counter = new Counter();
    while (counter.last < 12_345) counter.next();
    counter.last = number;
    expect(counter.next()).toBe(String(number + 1));
  },
);

test.each([
  [0, '000'],
  [7, '007'],
  [42, '042'],
  [999, '999'],
])('three digits of %d', (number, digits) => {
  expect(threeDigits(number)).toBe(digits);
});
