import { expect, it } from 'vitest';
import { UnfinishedLine } from '../src/unfinished-line.ts';

it('puts lines together that come in pieces', () => {
  const line = new UnfinishedLine();
  expect(line.add('a')).toEqual([]);
  expect(line.add('b\n\nc\nd')).toEqual(['ab', '', 'c']);
  expect(line.add('\n')).toEqual(['d']);
  expect(line.end()).toBe('');
});

it('keeps a limited part of a text that has no end', () => {
  const line = new UnfinishedLine();
  const piece = 'x'.repeat(2 ** 20);
  let longest = 0;
  for (let i = 0; i < 100; i++) {
    for (const { length } of line.add(piece)) longest = Math.max(longest, length);
  }
  expect(longest).toBeGreaterThanOrEqual(2 ** 24);
  expect(longest).toBeLessThan(2 ** 25);
  expect(line.end().length).toBeLessThan(2 ** 25);
});
