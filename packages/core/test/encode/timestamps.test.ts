import { describe, expect, test } from 'vitest';
import { Timestamps } from '../../src/encode/timestamps.ts';

const NOW = Date.UTC(2026, 10, 25, 1, 2, 3, 45);

describe('Timestamps', () => {
  test('has nine digits', () => {
    const timestamps = new Timestamps({ now: () => NOW });
    expect(String(timestamps.next())).toBe('2026-11-25T01:02:03.045000000Z');
    expect(String(timestamps.next())).toBe('2026-11-25T01:02:03.045000001Z');
  });

  test('increases in one millisecond, over its end, and when the clock goes back or is absurd', () => {
    let ms = NOW;
    const timestamps = new Timestamps({ now: () => ms });
    let last = '';
    for (let at = 0; at < 1_200_000; at++) {
      if (at === 600_000) ms -= 5000;
      if (at === 1_100_000) ms = Number.NaN;
      if (at === 1_150_000) ms = NOW + 5000;
      const next = String(timestamps.next());
      if (!(next > last)) throw new Error(`${last} ${next}`);
      last = next;
    }
    expect(last).toMatch(/^2026-11-25T01:02:08\.045\d{6}Z$/);
  });

  test('falls back when the clock was far ahead for a while', () => {
    let ms = NOW + 30 * 86_400_000;
    const timestamps = new Timestamps({ now: () => ms });
    expect(String(timestamps.next())).toBe('2026-12-25T01:02:03.045000000Z');
    ms = NOW;
    expect(String(timestamps.next())).toBe('2026-11-25T01:02:03.045000001Z');
    expect(String(timestamps.next())).toBe('2026-11-25T01:02:03.045000002Z');
    ms = NOW + 1000;
    expect(String(timestamps.next())).toBe('2026-11-25T01:02:04.045000003Z');
  });

  test('lines with a time in milliseconds keep their order among each other and with ours', () => {
    const timestamps = new Timestamps({ now: () => NOW });
    const own = { ms: NOW, digits: '' };
    const times = [
      String(timestamps.complete(own)),
      String(timestamps.next()),
      String(timestamps.complete(own)),
    ];
    expect(times).toEqual([...times].sort());
    expect(new Set(times).size).toBe(3);
  });

  test('finer times keep their digits', () => {
    const timestamps = new Timestamps({ now: () => NOW });
    timestamps.next();
    expect(String(timestamps.complete({ ms: NOW, digits: '123' }))).toBe(
      '2026-11-25T01:02:03.045123001Z',
    );
    expect(String(timestamps.complete({ ms: NOW, digits: '123456' }))).toBe(
      '2026-11-25T01:02:03.045123456Z',
    );
  });
});
