import { describe, expect, test } from 'vitest';
import { encodeShort } from '../../src/encode/encode-fields.ts';
import {
  cutValue,
  cutValues,
  fieldBytes,
  MARKER_BYTES,
  moveToOverflow,
  shortenNames,
  splitString,
} from '../../src/encode/shorten.ts';
import { Fields } from '../../src/record/fields.ts';
import { shortHash } from '../../src/record/hash.ts';

const NONE = new Set<string>();

function fieldsOf(entries: Iterable<readonly [string, string]>): Fields {
  const fields = new Fields(NONE);
  for (const [name, value] of entries) fields.put(name, value);
  return fields;
}

describe('shortenNames', () => {
  test('numbers names that are shortened to the same', () => {
    const byHash = new Map<string, string[]>();
    for (let number = 0; number < 200_000; number++) {
      const name = `${'n'.repeat(120)}-${number}`.padEnd(130, 'n');
      const hash = shortHash(name);
      byHash.set(hash, [...(byHash.get(hash) ?? []), name]);
    }
    const same = [...byHash.values()].find(({ length }) => length > 1) ?? [];
    const fields = fieldsOf(same.map((name, at) => [name, String(at)]));
    shortenNames(fields);
    const [first, second] = fields.names;
    expect(second).toBe(`${first}_extracted`);
    expect(fields.values.slice(0, 2)).toEqual(['0', '1']);
  });

  test('shortens long names and keeps the originals', () => {
    const names = ['n'.repeat(200), 'é'.repeat(65), `${'n'.repeat(199)}m`];
    const fields = fieldsOf(names.map((name) => [name, '1']));
    shortenNames(fields);
    const renamed = JSON.parse(JSON.parse(fields.valueOf('shipper.renamed') as string));
    expect(Object.values(renamed)).toEqual(names);
    for (const short of Object.keys(renamed)) {
      expect(Buffer.byteLength(short)).toBeLessThanOrEqual(128);
      expect(fields.valueOf(short)).toBe('1');
    }
  });

  test('128 bytes are not too long', () => {
    const fields = fieldsOf([['é'.repeat(64), '1']]);
    shortenNames(fields);
    expect(fields.has('é'.repeat(64))).toBe(true);
  });
});

test('moveToOverflow moves fields into one, beside those that are there', () => {
  const fields = fieldsOf(Array.from({ length: 6 }, (_, at) => [`k${at}`, `${at}`] as const));
  moveToOverflow(fields, [4, 5]);
  moveToOverflow(fields, [1, 3]);
  const overflow = JSON.parse(JSON.parse(fields.valueOf('shipper.overflow') as string));
  expect(overflow).toEqual({ k1: 1, k3: 3, k4: 4, k5: 5 });
  const left = fields.names.filter((_, at) => fields.values[at] !== '');
  expect(left).toEqual(['k0', 'k2', 'shipper.overflow']);
  expect(['k0', 'k2'].map((name) => fields.valueOf(name))).toEqual(['0', '2']);
});

describe('cutValues', () => {
  test('cuts the longest only, and says which and how much', () => {
    const fields = fieldsOf([
      ['short', '"abc"'],
      ['long', JSON.stringify('é'.repeat(1000))],
      ['list', JSON.stringify(Array(500).fill(7))],
    ]);
    const before = fieldBytes(fields);
    cutValues(fields, 1000);
    expect(fields.valueOf('short')).toBe('"abc"');
    expect(fields.valueOf('shipper.truncated_fields')).toBe('"long,list"');
    expect(fieldBytes(fields)).toBeLessThanOrEqual(1000 + MARKER_BYTES);
    const gone = Number(fields.valueOf('shipper.truncated_bytes'));
    expect(gone).toBeGreaterThan(before - 1000 - 1);
  });

  test('with too many long names some fields move', () => {
    const fields = fieldsOf(
      Array.from({ length: 800 }, (_, at) => [`${'\u0001'.repeat(100)}${at}`, '"v"'] as const),
    );
    cutValues(fields, 200_000);
    expect(fieldBytes(fields)).toBeLessThanOrEqual(200_000 + MARKER_BYTES);
    expect(fields.has('shipper.overflow')).toBe(true);
  });
});

test('cutValue and encodeShort count bytes and never split a character', () => {
  expect(cutValue('"a😀b"', 6)).toBe('"a"');
  expect(cutValue('"a😀b"', 7)).toBe('"a😀"');
  expect(cutValue('[1,2,3]', 5)).toBe('"[1,"');
  expect(encodeShort('é'.repeat(600))).toBe(JSON.stringify('é'.repeat(511)));
  expect(encodeShort('\ud800')).toBe('"\ufffd"');
});

test.each([
  JSON.stringify('é漢😀"\\\n\u0001\u000bx\u007f'.repeat(500)),
  JSON.stringify('\\'.repeat(3000)),
  // As another program may write it.
  `"${String.raw`\u00e9\ud83d\uDE00\/\\u0041`.repeat(300)}"`,
])('splitString gives back the text, each piece full and within its room', (json) => {
  for (const room of [98, 99, 100, 101, 102, 103]) {
    const pieces = splitString(json, 50, room);
    expect(pieces.map((piece) => JSON.parse(piece)).join('')).toBe(JSON.parse(json));
    pieces.forEach((piece, at) => {
      const bytes = Buffer.byteLength(piece) - 2;
      expect(bytes).toBeLessThanOrEqual(at === 0 ? 50 : room);
      if (at > 0 && at < pieces.length - 1) expect(bytes).toBeGreaterThan(room - 6);
      expect(JSON.parse(piece).isWellFormed()).toBe(true);
    });
  }
});
