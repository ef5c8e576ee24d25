import { describe, expect, test } from 'vitest';
import { asJsonObject, flattenJsonObject } from '../../src/record/json-line.ts';

function flatten(json: string): Array<[string, string]> {
  const taken: Array<[string, string]> = [];
  flattenJsonObject(asJsonObject(json) as string, (name, value) => taken.push([name, value]));
  return taken;
}

describe('asJsonObject', () => {
  test.each([['{}'], [' {"a":1}\r'], ['{\n"a": 1\n}']])('%j is an object', (text) => {
    expect(asJsonObject(text)).toBe(text.trim());
  });

  test.each([
    [''],
    ['text'],
    ['[1]'],
    ['"a"'],
    ['{'],
    ['{a}'],
    ['{"a":1}{"b":2}'],
    ['{"a":1} x'],
    [' x }'],
    ['\ufeff{"a":1}'],
    ['\t\u2028{}'],
    ['{"a":NaN}'],
  ])('%j is text', (text) => {
    expect(asJsonObject(text)).toBeUndefined();
  });

  test('lone surrogates are replaced, raw and escaped; pairs and escaped backslashes stay', () => {
    expect(asJsonObject('{"a":"\ud800"}')).toBe('{"a":"\ufffd"}');
    expect(asJsonObject('{"a":"\\ud800\\u0041 \\uDFFF"}')).toBe('{"a":"\\ufffd\\u0041 \\ufffd"}');
    expect(asJsonObject('{"a":"\\ud83d\\uDE00 \\\\ud800"}')).toBe(
      '{"a":"\\ud83d\\uDE00 \\\\ud800"}',
    );
  });
});

describe('flattenJsonObject', () => {
  test('joins names with dots and keeps values as they are written', () => {
    expect(
      flatten('{"a":{"b":{"c":1e400}}, "n" : 12345678901234567890 ,"s":"\\u00e9\\"}{","t":true}'),
    ).toEqual([
      ['a.b.c', '1e400'],
      ['n', '12345678901234567890'],
      ['s', '"\\u00e9\\"}{"'],
      ['t', 'true'],
    ]);
  });

  test('leaves out what the server does not store', () => {
    expect(flatten('{"a":null,"b":"","c":{},"d":{"e":{},"f":null},"g":[]}')).toEqual([['g', '[]']]);
  });

  test('hands out repeated names, empty ones and twins', () => {
    expect(flatten('{"a":1,"a":2,"":{"":3},"b.c":4,"b":{"c":5}}').map(([name]) => name)).toEqual([
      'a',
      'a',
      '.',
      'b.c',
      'b.c',
    ]);
  });

  test('lists stay lists unless the server would write them differently', () => {
    expect(flatten('{"a":[1,"x",{"b":null}],"c":["\\u001b"],"d":[\n1,\r\n2]}')).toEqual([
      ['a', '[1,"x",{"b":null}]'],
      ['c', '"[\\"\\\\u001b\\"]"'],
      ['d', '[ 1,  2]'],
    ]);
  });

  test('what is too deep becomes text', () => {
    const json = `{"a":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)},"l":${'['.repeat(50)}${']'.repeat(50)}}`;
    const [object, list] = flatten(json) as [[string, string], [string, string]];
    expect(object[0]).toBe(Array(32).fill('a').join('.'));
    expect(JSON.parse(object[1])).toBe('{"a":'.repeat(99_969) + 1 + '}'.repeat(99_969));
    expect(JSON.parse(list[1])).toBe('['.repeat(50) + ']'.repeat(50));
  });

  test('below a long name nothing is flattened', () => {
    const long = 'k'.repeat(129);
    expect(flatten(`{"${long}":{"a":1}}`)).toEqual([[long, '"{\\"a\\":1}"']]);
  });

  test('decodes escaped names', () => {
    expect(flatten('{"\\u0061\\n":1}')).toEqual([['a\n', '1']]);
  });
});
