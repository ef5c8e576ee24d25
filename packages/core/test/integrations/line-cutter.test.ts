import { expect, it } from 'vitest';
import { LineCutter } from '../../src/integrations/line-cutter.ts';

it('puts lines together that come in pieces', () => {
  const line = new LineCutter();
  expect(line.add('a')).toEqual([]);
  expect(line.add('b\n\nc\nd')).toEqual(['ab', '', 'c']);
  expect(line.add('\n')).toEqual(['d']);
  expect(line.end()).toBe('');
});

it('puts characters together that come in pieces', () => {
  const line = new LineCutter();
  const [first, second] = [Buffer.from('\u00e4').subarray(0, 1), Buffer.from('\u00e4').subarray(1)];
  expect(line.add(first)).toEqual([]);
  expect(line.add(second)).toEqual([]);
  expect(line.add('b\nc')).toEqual(['\u00e4b']);
  expect(line.add(first)).toEqual([]);
  expect(line.end()).toBe('c\ufffd');
});

it('keeps a limited part of a text that has no end', () => {
  const line = new LineCutter();
  const piece = 'x'.repeat(2 ** 20);
  let longest = 0;
  for (let i = 0; i < 100; i++) {
    for (const { length } of line.add(piece)) longest = Math.max(longest, length);
  }
  expect(longest).toBeGreaterThanOrEqual(2 ** 24);
  expect(longest).toBeLessThan(2 ** 25);
  expect(line.end().length).toBeLessThan(2 ** 25);
});
