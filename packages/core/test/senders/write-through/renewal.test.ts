import { describe, expect, it } from 'vitest';
import { renewalOf, spareUntil } from '../../../src/senders/write-through/renewal.ts';

const USED = { used: true, since: 0, madeAt: 0, linesAt: 0, earlyMs: 0 };
const UNUSED = { ...USED, used: false, linesAt: Number.NEGATIVE_INFINITY };
const AROUND = { others: 1, keepsAlive: true, silent: 0 };

describe('renewalOf', () => {
  it.each([
    [
      'a used one before its idle time is over',
      USED,
      {},
      44_999,
      { at: 45_999, needsAnother: false },
    ],
    ['a used one that the server may soon close', USED, {}, 45_000, 'prime'],
    ['some of many processes do so earlier', { ...USED, earlyMs: 5_000 }, {}, 40_000, 'prime'],
    [
      'the only one waits for another',
      USED,
      { others: 0 },
      45_000,
      { at: 46_000, needsAnother: true },
    ],
    [
      'an old one is replaced',
      { ...USED, since: 99_000 },
      {},
      100_000,
      { at: 101_000, needsAnother: true },
    ],
    ['an unused one', UNUSED, {}, 1_000, { at: 2_000, needsAnother: true }],
    ['an unused one with enough others', UNUSED, { others: 2 }, 1, 'prime'],
    [
      'a server that keeps none',
      UNUSED,
      { others: 2, keepsAlive: false },
      1,
      { at: 2_000, needsAnother: true },
    ],
    ['an unused one in a hurry', UNUSED, { others: 0 }, 2_000, 'prime'],
    ['evidence about silent ones is wanted', USED, { silent: 1 }, 1_000, 'prime'],
  ] as const)('%s', (_, connection, around, now, expected) => {
    const { others, silent, keepsAlive } = { ...AROUND, ...around };
    expect(renewalOf(connection, keepsAlive, others, silent, now)).toEqual(expected);
  });
});

it('a spare one stays for as long as bursts may follow, unless it is old', () => {
  expect(spareUntil({ ...USED, linesAt: 500 })).toBe(10_500);
  expect(spareUntil({ ...USED, linesAt: 99_000, earlyMs: 1_000 })).toBe(99_000);
});
