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

test('it stops remembering when nothing is printed any more, and goes on when something is', () => {
  const ahead = createAhead();
  const large = 'x'.repeat(100_000);
  let remembered = 0;
  while (ahead.remember(`${remembered}${large}`)) remembered++;
  expect(remembered).toBeGreaterThan(300);
  expect(remembered).toBeLessThan(400);
  expect(ahead.isShipped(`0${large}`)).toBe(true);
  expect(ahead.remember('a')).toBe(true);
});

test('as many lines as a program may log in one tick', () => {
  const ahead = createAhead();
  let [remembered, shipped] = [true, true];
  for (let i = 0; i < 150_000; i++) remembered &&= ahead.remember(`line ${i}`);
  for (let i = 0; i < 150_000; i++) shipped &&= ahead.isShipped(`line ${i}`);
  expect({ remembered, shipped }).toEqual({ remembered: true, shipped: true });
});
