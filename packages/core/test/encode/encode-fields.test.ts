import { expect, it } from 'vitest';
import { encodeFields, field } from '../../src/encode/encode-fields.ts';
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
