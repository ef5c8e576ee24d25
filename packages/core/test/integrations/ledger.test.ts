import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { Ledger } from '../../src/integrations/ledger.ts';

let now = 0;
let ledger: Ledger;
beforeEach(() => {
  now = 0;
  ledger = new Ledger(() => now);
});

test('a line is claimed as often as it was expected on that stream', () => {
  const lines = fc.array(
    fc.record({ stream: fc.constantFrom('stdout', 'stderr'), text: fc.constantFrom('a', 'b') }),
  );
  const property = fc.property(lines, lines, (expected, printed) => {
    const fresh = new Ledger(() => 0);
    for (const { stream, text } of expected) fresh.expect(stream, text);
    const counts: Record<string, number> = {};
    for (const { stream, text } of expected) {
      counts[stream + text] = (counts[stream + text] ?? 0) + 1;
    }
    for (const { stream, text } of printed) {
      const left = counts[stream + text] ?? 0;
      expect(fresh.claim(stream, text)).toBe(left > 0);
      counts[stream + text] = Math.max(0, left - 1);
    }
  });
  fc.assert(property);
});

test('what is not printed for a minute or two is forgotten', () => {
  ledger.expect('stdout', 'old');
  now = 59_000;
  ledger.expect('stdout', 'new');
  now = 70_000;
  ledger.expect('stdout', 'newer');
  now = 140_000;
  ledger.expect('stdout', 'newest');
  expect(['old', 'new', 'newer', 'newest'].map((text) => ledger.claim('stdout', text))).toEqual([
    ...[false, false],
    ...[true, true],
  ]);
  ledger.expect('stdout', 'last');
  now = 1_000_000;
  ledger.expect('stdout', 'much later');
  expect(ledger.claim('stdout', 'last')).toBe(false);
});

test('lines that are too many to remember are refused until some are printed', () => {
  const text = 'x'.repeat(1024 * 1024);
  const line = (at: number) => `${at} ${text}`;
  const taken = Array.from({ length: 40 }, (_, at) => ledger.expect('stdout', line(at)));
  expect(taken.indexOf(false)).toBe(32);
  expect(ledger.claim('stdout', line(0))).toBe(true);
  expect(ledger.expect('stdout', line(40))).toBe(true);
});

const [one, other] = [{}, {}];

test('a line that goes to several files is filed once, and equal lines are lines', () => {
  expect(ledger.isFirstFiled(one, 'line')).toBe(true);
  expect(ledger.isFirstFiled(other, 'line')).toBe(false);
  expect(ledger.isFirstFiled(one, 'line')).toBe(true);
  expect(ledger.isFirstFiled(other, 'line')).toBe(false);
  expect(ledger.isFirstFiled(other, 'line', 'another logger')).toBe(true);
});

test('a line that was filed is not shipped again when it is printed, the first time', () => {
  expect(ledger.isFirstFiled(one, 'line')).toBe(true);
  expect(ledger.isToBePrinted(other, 'line')).toBe(false);
  expect(ledger.isToBePrinted({}, 'line')).toBe(true);
});

test('a line that was printed is not filed, and is shipped each time that it is printed', () => {
  expect(ledger.isToBePrinted(one, 'line')).toBe(true);
  expect(ledger.isFirstFiled({}, 'line')).toBe(false);
  expect(ledger.isToBePrinted(other, 'line')).toBe(true);
  expect(ledger.isToBePrinted(other, 'line')).toBe(true);
});
