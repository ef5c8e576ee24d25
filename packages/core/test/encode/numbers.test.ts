import { expect, test } from 'vitest';
import { Counter, threeDigits } from '../../src/encode/numbers.ts';

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
