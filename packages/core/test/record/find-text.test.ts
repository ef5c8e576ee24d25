import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findText } from '../../src/record/find-text.ts';
import { processorMs } from '../processor-time.ts';

test('finds what indexOf finds', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 400 });
  fc.assert(
    fc.property(text, text, fc.nat(400), fc.boolean(), (around, one, from, isThere) => {
      const part = one.repeat(1 + Math.ceil(65 / (one.length + 1)));
      const whole = isThere ? `${around}${part}${around}` : around;
      expect(findText(whole, part, from)).toBe(whole.indexOf(part, from));
    }),
  );
});

test('takes linear time where each place of the text is nearly the part', () => {
  const ms = processorMs(() => {
    const half = 'a'.repeat(1_000_000);
    expect(findText(half + half, `b${half}`)).toBe(-1);
    expect(findText(half + half, `${half}b`)).toBe(-1);
    expect(findText(`${half}${half}b`, `${half}b`)).toBe(half.length);
  });
  expect(ms).toBeLessThan(10_000);
});
