import { expect, test } from 'vitest';
import { createAhead } from '../src/ahead.ts';

test('a line is known as often as it was remembered', () => {
  const ahead = createAhead();
  expect(ahead.isShipped('a')).toBe(false);
  for (let i = 0; i < 2; i++) ahead.remember('a');
  expect([ahead.isShipped('a'), ahead.isShipped('a')]).toEqual([true, true]);
});

test('a line that is printed a second time soon after is still known, but not for ever', () => {
  const ahead = createAhead();
  ahead.remember('a');
  expect([ahead.isShipped('a'), ahead.isShipped('a')]).toEqual([true, true]);
  for (let i = 0; i < 600; i++) {
    ahead.remember(String(i));
    ahead.isShipped(String(i));
  }
  expect(ahead.isShipped('a')).toBe(false);
});

test('it stops remembering when nothing is printed any more', () => {
  const ahead = createAhead();
  let remembered = 0;
  while (ahead.remember(`line ${remembered}`)) remembered++;
  expect(remembered).toBe(50_000);
});
