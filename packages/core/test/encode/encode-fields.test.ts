import { expect, it } from 'vitest';
import { encodeFields, encodeName } from '../../src/encode/encode-fields.ts';
import { field } from '../../src/encode/encode-short.ts';
import { Fields } from '../../src/record/fields.ts';

it('puts a comma before each field, and leaves out those without a value', () => {
  const fields = new Fields(new Set());
  fields.put('a', '1');
  fields.put('b', '2');
  fields.put('c"d', '"x"');
  fields.remove(1);
  expect(encodeFields(fields)).toBe(`${field('a', '1')}${field('c"d', '"x"')}`);
  expect(JSON.parse(`{"_":0${encodeFields(fields)}}`)).toEqual({ _: 0, a: 1, 'c"d': 'x' });
});

it('encodes a name in the same way however many there have been', () => {
  const names = Array.from({ length: 2_000 }, (_, at) => `name "${at}"`);
  for (const name of [...names, ...names]) {
    expect(encodeName(name)).toBe(`,${JSON.stringify(name)}:`);
  }
});
