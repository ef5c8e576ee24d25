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
  for (const name of numbered('name', count)) names.take(recordWith(name), NOON);
  return names;
}

describe('the names of a day', () => {
  test('any name is taken until two thirds are, and then those that come for the third time', () => {
    const names = namesWith(FREE);
    const record = recordWith('name0', 'a', 'b');
    expect(names.take(record, NOON)).toEqual([1, 2]);
    expect(names.take(record, NOON)).toEqual([1, 2]);
    expect(names.take(record, NOON)).toEqual([]);
    const five = recordWith(...numbered('other', 5), 'name1');
    for (const _ of [1, 2]) expect(names.take(five, NOON)).toEqual([0, 1, 2, 3, 4]);
    expect(names.take(five, NOON)).toEqual([4]);
    expect(names.take(five, NOON)).toEqual([4]);
  });

  test('one record takes at most half of what is left', () => {
    const names = namesWith(0);
    expect(names.take(recordWith(...numbered('a', 7)), NOON)).toEqual([6]);
    expect(names.take(recordWith(...numbered('b', 4)), NOON)).toEqual([3]);
    expect(names.take(recordWith('c0', 'a0', 'c1', 'c2'), NOON)).toEqual([3]);
  });

  test('removed fields and names that are always there do not count', () => {
    const names = namesWith(FREE - 1, ['trace_id']);
    const record = recordWith('trace_id', 'removed', 'last', 'more');
    record.remove(1);
    expect(names.take(record, NOON)).toEqual([3]);
    expect(names.take(recordWith('trace_id', 'removed'), NOON)).toEqual([1]);
  });

  test('the next day in UTC has its own', () => {
    const names = namesWith(FREE);
    expect(names.take(recordWith('late'), NOON + DAY_MS / 2 - 1)).toEqual([0]);
    expect(names.take(recordWith('late'), NOON + DAY_MS / 2)).toEqual([]);
    expect(names.haveAll(['late'], NOON + DAY_MS / 2)).toBe(true);
    expect(names.haveAll(['late', 'name0'], NOON + DAY_MS / 2)).toBe(false);
  });

  test('a clock that is set back over midnight, and forward again, brings no new names', () => {
    const names = namesWith(FREE);
    for (const time of [NOON - DAY_MS, NOON, NOON - DAY_MS]) {
      expect(names.take(recordWith(`at ${time}`), time)).toEqual([0]);
      expect(names.haveAll(['name0'], time)).toBe(true);
    }
  });

  test('refused names are not remembered for ever', () => {
    const names = namesWith(FREE);
    for (let at = 0; at < 5_000; at++) names.take(recordWith(`strange${at}`), NOON);
    expect(names.take(recordWith('strange4999'), NOON)).toEqual([0]);
    expect(names.take(recordWith('strange4999'), NOON)).toEqual([]);
    for (const _ of [1, 2]) expect(names.take(recordWith('strange1'), NOON)).toEqual([0]);
  });
});
