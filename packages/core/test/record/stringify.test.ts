import { expect, test } from 'vitest';
import { stringify } from '../../src/record/stringify.ts';

const cycle: Record<string, unknown> = { a: 1 };
cycle.self = cycle;

test.each([
  [
    'numbers',
    { a: 1, b: -0.5, c: Number.NaN, d: -Infinity },
    '{"a":1,"b":-0.5,"c":"NaN","d":"-Infinity"}',
  ],
  ['BigInt', { a: 2n ** 64n }, '{"a":18446744073709551616}'],
  ['cycles', cycle, '{"a":1,"self":"[Circular]"}'],
  ['undefined', { a: undefined, b: [undefined] }, '{"b":[null]}'],
  [
    'functions and symbols',
    { f: function go() {}, s: Symbol('x') },
    '{"f":"[Function: go]","s":"Symbol(x)"}',
  ],
  ['dates', { a: new Date(0) }, '{"a":"1970-01-01T00:00:00.000Z"}'],
  ['an invalid date', { a: new Date(Number.NaN) }, '{"a":null}'],
  [
    'Map and Set',
    {
      m: new Map<unknown, unknown>([
        ['k', 1],
        [2, 3],
      ]),
      s: new Set([1]),
    },
    '{"m":{"2":3,"k":1},"s":[1]}',
  ],
  ['bytes', { b: Buffer.from('hi') }, '{"b":"aGk="}'],
  ['lone surrogates', { 'k\ud800': '\udc00' }, '{"k\ufffd":"\ufffd"}'],
  ['boxed values', { n: Object(1), s: Object('x') }, '{"n":1,"s":"x"}'],
  ['regular expressions', { r: /a"b/ }, '{"r":"/a\\"b/"}'],
])('%s', (_, value, json) => {
  expect(stringify(value)).toBe(json);
});

test('what throws says so', () => {
  const value = {
    get getter() {
      throw new Error('no');
    },
    toJson: {
      toJSON() {
        throw new Error('never');
      },
    },
    ok: 1,
  };
  expect(stringify(value)).toBe('{"getter":"[Throws: no]","toJson":"[Throws: never]","ok":1}');
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(stringify({ proxy })).toMatch(/^\{"proxy":"\[Throws: .*\]"\}$/);
});

test('errors keep type, message, stack and own properties', () => {
  const error = Object.assign(new RangeError('x'), { code: 7 });
  expect(JSON.parse(stringify({ error }) as string)).toEqual({
    error: { type: 'RangeError', message: 'x', stack: error.stack, code: 7 },
  });
});

test('depth and size are bounded', () => {
  let deep: unknown = 1;
  for (let at = 0; at < 100_000; at++) deep = [deep];
  expect(stringify(deep)?.length).toBeLessThan(200);
  expect(stringify(Array.from({ length: 1_000_000 }, () => 'x'))?.length).toBeLessThan(200_000);
});

test('a long text that many values share is not written for each of them', () => {
  const [text, bytes] = ['x'.repeat(2 ** 20), Buffer.alloc(2 ** 20)];
  const named = { [text]: 1 };
  const items = Array.from({ length: 50 }, () => ({ text, bytes, error: new Error(text), named }));
  const written = stringify({ items, id: 7, name: 'last' }) as string;
  expect(written.length).toBeLessThan(2 ** 24);
  expect(written).toContain('{"text":"[String]","bytes":"[String]","error":{"type":"Error",');
  expect(written).toMatch(/,"id":7,"name":"last"\}$/);
});
