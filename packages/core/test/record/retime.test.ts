import { expect, test } from 'vitest';
import { retime } from '../../src/record/retime.ts';

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 10, 25, 1, 2, 3, 45);
const WINDOW = { nowMs: NOW, retentionMs: 7 * DAY_MS };

const old = '{"_time":"2026-11-01T00:00:00.000000001Z","_msg":"é"}\n';
const renewed =
  '{"_time":"2026-11-25T01:02:03.045000000Z","_time_extracted":"2026-11-01T00:00:00.000000001Z","_msg":"é"}\n';

test('gives a line that the server would drop the present time', () => {
  expect(retime(old, { ...WINDOW, retimed: 0 })).toBe(renewed);
});

test('keeps the order of the lines', () => {
  const window = { ...WINDOW, retimed: 0 };
  const times = [1, 2, 3].map(() => JSON.parse(retime(old, window))._time);
  expect(times).toEqual([...new Set(times)].sort());
});

test('leaves a line alone whose time is fine', () => {
  const window = { ...WINDOW, retimed: 0 };
  expect(retime(renewed, window)).toBe(renewed);
  expect(window.retimed).toBe(0);
});

test('keeps the first time of a line that waits twice', () => {
  const later = retime(renewed, { ...WINDOW, nowMs: NOW + 30 * DAY_MS, retimed: 0 });
  expect(later).toBe(renewed.replace('2026-11-25T01', '2026-12-25T01'));
});
