import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { Ledger } from '../../src/integrations/ledger.ts';

const [one, other] = [{}, {}];
let ledger: Ledger;
beforeEach(() => {
  ledger = new Ledger();
});

test('what buffers print is claimed once, however they cut it and whatever comes between', () => {
  const buffers = fc.array(
    fc.record({ stream: fc.constantFrom('stdout', 'stderr'), sizes: fc.array(fc.nat(3)) }),
    { maxLength: 4 },
  );
  const property = fc.property(buffers, fc.array(fc.nat()), (all, turns) => {
    const fresh = new Ledger();
    const written = all.map(({ stream, sizes }, number) => {
      const destination = {};
      let count = 0;
      const writes = sizes.map((size) => {
        const lines = Array.from({ length: size + 1 }, () => `${number} ${count++ >> 1}\n`);
        for (const line of lines) fresh.expect(destination, stream, line);
        return lines.join('');
      });
      return { stream, writes };
    });
    for (const turn of turns) {
      const left = written.filter(({ writes }) => writes.length > 0);
      const next = left[turn % left.length];
      if (next === undefined) break;
      expect(fresh.claim(next.stream, 'of others\n')).toBe(false);
      expect(fresh.claim(next.stream, next.writes.shift() ?? '')).toBe(true);
    }
    for (const { stream, writes } of written) {
      for (const text of writes) {
        expect(fresh.isExpecting).toBe(true);
        expect(fresh.claim(stream, text)).toBe(true);
      }
    }
    expect(fresh.isExpecting).toBe(false);
    expect(fresh.claim('stdout', '0 0\n')).toBe(false);
  });
  fc.assert(property);
});

test('what was not printed is forgotten when its buffer is empty or gone', () => {
  ledger.expect(one, 'stdout', 'lost\n');
  ledger.forget(one);
  ledger.expect(one, 'stdout', 'next\n');
  const gone = { destroyed: false };
  ledger.expect(gone, 'stdout', 'gone\n');
  gone.destroyed = true;
  expect(['lost\n', 'gone\n', 'next\n'].map((text) => ledger.claim('stdout', text))).toEqual([
    ...[false, false, true],
  ]);
});

test('lines that are too many to remember are refused until some are printed', () => {
  const text = 'x'.repeat(1024 * 1024);
  const line = (at: number) => `${at} ${text}\n`;
  const taken = Array.from({ length: 40 }, (_, at) => ledger.expect(one, 'stdout', line(at)));
  expect(taken.indexOf(false)).toBe(32);
  expect(ledger.claim('stdout', line(0))).toBe(true);
  expect(ledger.expect(one, 'stdout', line(40))).toBe(true);
});

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
