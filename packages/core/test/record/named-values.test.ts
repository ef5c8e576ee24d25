import { expect, it } from 'vitest';
import { namedValues } from '../../src/record/named-values.ts';

const found = (text: string): string[] =>
  namedValues(text, { hidesAnywhere: (name) => name.toLowerCase() === 'pin' }, false).map(
    ({ start, end }) => text.slice(start, end),
  );

it.each([
  ["{ name: 'pin', value: 1 }", ['1']],
  ["{ value: [ 1, { a: '}' } ], x: 2, name: 'PIN' }", ["[ 1, { a: '}' } ]"]],
  ["{ name: 'pin', value: 1, values: 2, 'VALUE': 3 }", ['1', '2', '3']],
  ['{"a":"pin","value":"b, c"}', ['"b, c"']],
  ['"{\\"a\\":\\"pin\\",\\"value\\":\\"b\\"}"', ['\\"b\\"']],
  ["name: 'pin', value: 1\n b", ['1\n b']],
  ["{ name: 'pin', value: 'never ends", ["'never ends"]],
  [`say "{ name: 'pin', value: 1`, ['1']],
  ["in the '90s { name: 'pin', value: 'a, b' }", ["'a, b'"]],
  ['5 " {"name":"pin","value":"a, b"}', ['"a, b"']],
])('finds in %j the values %j', (text, values) => {
  expect(found(text)).toEqual(values);
});

it.each([
  "{ pin: 'value', value: 1 }",
  "{ value: 1, a: { name: 'pin' }, b: [ { c: 'pin' }, { value: 2 } ] }",
  "{ 'pin': 1, value: 2 }",
  "{ name: 'pin', new.value: 1, $value: 2, values1: 3 }",
  "{ name: 'pin', value }",
])('finds nothing in %j', (text) => {
  expect(found(text)).toEqual([]);
});
