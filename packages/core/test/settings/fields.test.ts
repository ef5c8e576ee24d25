import { describe, expect, it } from 'vitest';
import { fieldNames, fieldPairs, type Kind } from '../../src/settings/kinds.ts';

const names = (count: number) => Array.from({ length: count }, (_, at) => `f${at}`);

describe('a kind of fields reads', () => {
  it.each<[string, Kind<unknown>, unknown, unknown]>([
    ['names, each once', fieldNames, ' a, b,a,,', ['a', 'b']],
    ['as many names as the server takes', fieldNames, names(50), names(50)],
    ['a name as long as the server takes', fieldNames, ['x'.repeat(128)], ['x'.repeat(128)]],
    ['pairs with equals signs in the value', fieldPairs, 'a=b, q=a=b,', { a: 'b', q: 'a=b' }],
    ['no pairs', fieldPairs, '', {}],
    ['no value', fieldPairs, 'a=', { a: '' }],
  ])('%s', (_, kind, raw, value) => {
    expect(kind.read(raw)).toEqual(value);
  });
});

describe('a kind of fields refuses', () => {
  it.each<[string, Kind<unknown>, unknown]>([
    ['no names', fieldNames, ' , '],
    ['names that are no list', fieldNames, { a: 1 }],
    ['a name that is no text', fieldNames, ['a', 7]],
    ['more names than the server takes', fieldNames, names(51)],
    ['a longer name than the server takes', fieldNames, ['x'.repeat(129)]],
    ['an equals sign in a name', fieldNames, 'a,b=c'],
    ['a brace in a name', fieldNames, 'a}'],
    ['a name that is not ASCII', fieldNames, 'é'],
    ['a name of the server', fieldNames, '_stream'],
    ['a name of ours', fieldNames, 'shipper.id'],
    ['a pair without an equals sign', fieldPairs, 'a'],
    ['a pair without a name', fieldPairs, '=a'],
    ['a value that is no text', fieldPairs, { retries: 3 }],
    ['null for pairs', fieldPairs, null],
    ['a list for pairs', fieldPairs, ['a']],
    ['more pairs than fit', fieldPairs, { a: 'x'.repeat(33_000) }],
  ])('%s', (_, kind, raw) => {
    expect(kind.read(raw)).toBeUndefined();
  });
});
