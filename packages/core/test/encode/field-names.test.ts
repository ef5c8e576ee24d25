import { describe, expect, test } from 'vitest';
import { FieldNames } from '../../src/encode/field-names.ts';
import { Fields } from '../../src/record/fields.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const DAY_MS = 86_400_000;

function recordWith(...names: string[]): Fields {
  const fields = new Fields(new Set<string>());
  for (const name of names) fields.put(name, '1');
  return fields;
}

const numbered = (prefix: string, count: number): string[] =>
  Array.from({ length: count }, (_, at) => `${prefix}${at}`);

const MAX = 18;
const FREE = 12;

/** Names of a day of which `count` are taken. */
function namesWith(count: number, always: readonly string[] = []): FieldNames {
  const names = new FieldNames(MAX, always);
  for (const name of numbered('name', count)) names.take(recordWith(name));
  return names;
}

describe('the names of a day', () => {
  test('any name is taken until two thirds are, and then those that come for the third time', () => {
    const names = namesWith(FREE);
    const record = recordWith('name0', 'a', 'b');
    expect(names.take(record)).toEqual([1, 2]);
    expect(names.take(record)).toEqual([1, 2]);
    expect(names.take(record)).toEqual([]);
    const five = recordWith(...numbered('other', 5), 'name1');
    for (const _ of [1, 2]) expect(names.take(five)).toEqual([0, 1, 2, 3, 4]);
    expect(names.take(five)).toEqual([4]);
    expect(names.take(five)).toEqual([4]);
  });

  test('one record takes at most half of what is left', () => {
    const names = namesWith(0);
    expect(names.take(recordWith(...numbered('a', 7)))).toEqual([6]);
    expect(names.take(recordWith(...numbered('b', 4)))).toEqual([3]);
    expect(names.take(recordWith('c0', 'a0', 'c1', 'c2'))).toEqual([3]);
  });

  test('removed fields and names that are always there do not count', () => {
    const names = namesWith(FREE - 1, ['trace_id']);
    const record = recordWith('trace_id', 'removed', 'last', 'more');
    record.remove(1);
    expect(names.take(record)).toEqual([3]);
    expect(names.take(recordWith('trace_id', 'removed'))).toEqual([1]);
  });

  test('the next day in UTC has its own', () => {
    const names = namesWith(FREE);
    expect(names.turnTo(NOON)).toBe(true);
    for (const name of numbered('name', FREE)) names.take(recordWith(name));
    expect(names.turnTo(NOON + DAY_MS / 2 - 1)).toBe(false);
    expect(names.take(recordWith('late'))).toEqual([0]);
    expect(names.turnTo(NOON + DAY_MS / 2)).toBe(true);
    expect(names.take(recordWith('late'))).toEqual([]);
  });

  test('a clock that is set back over midnight, and forward again, brings no new names', () => {
    const names = namesWith(FREE);
    names.turnTo(NOON);
    for (const name of numbered('name', FREE)) names.take(recordWith(name));
    for (const time of [NOON - DAY_MS, NOON, NOON - DAY_MS]) {
      expect(names.turnTo(time)).toBe(false);
      expect(names.take(recordWith(`at ${time}`))).toEqual([0]);
    }
  });

  test('refused names are not remembered for ever', () => {
    const names = namesWith(FREE);
    for (let at = 0; at < 5_000; at++) names.take(recordWith(`strange${at}`));
    expect(names.take(recordWith('strange4999'))).toEqual([0]);
    expect(names.take(recordWith('strange4999'))).toEqual([]);
    for (const _ of [1, 2]) expect(names.take(recordWith('strange1'))).toEqual([0]);
  });
});
