import { describe, expect, test } from 'vitest';
import { createEncoder } from '../../src/encode/encode.ts';
import { OWN_FIELDS, type OwnInput } from '../../src/record/our-names.ts';
import { LEVELS, type LogInput, REPORT } from '../../src/record/record.ts';

const NOON = Date.UTC(2026, 10, 25, 12);
const DAY_MS = 86_400_000;

test('records are numbered whatever path they take', () => {
  const encode = createEncoder(
    {
      ...{ levelThreshold: 2, containerName: 'c', job: 'node', extraFields: {}, shipperId: 'id' },
      ...{ streamFields: [], maxFieldNames: 360 },
    },
    { now: () => NOON, context: () => undefined },
  );
  const inputs = [{ text: 'x' }, { text: 'x', fields: { a: 1 } }, { text: '{"a":1}' }];
  for (let number = 1; number <= 2_100; number++) {
    encode(inputs[number % inputs.length] as LogInput, (line) => {
      expect(JSON.parse(String(line))['shipper.seq']).toBe(number);
    });
  }
});

test('only we can say that records were dropped, whatever names and levels are left', () => {
  const encode = createEncoder(
    {
      ...{ levelThreshold: 4, containerName: 'c', job: 'node', extraFields: {}, shipperId: 'id' },
      ...{ streamFields: [], maxFieldNames: 0 },
    },
    { now: () => NOON, context: () => undefined },
  );
  let level = -1;
  const lineOf = (input: OwnInput): Record<string, unknown> => {
    let encoded = '';
    encode(input, (line, itsLevel) => {
      encoded = String(line);
      level = itsLevel;
    });
    return JSON.parse(encoded);
  };
  const ours = { 'shipper.dropped': 3, 'shipper.dropped.closed': 3 };
  const said = { dropped: 3, 'dropped.closed': 3 };
  expect(lineOf({ text: 'm', level: 'WARN', fields: {}, [OWN_FIELDS]: said })).toMatchObject(ours);
  expect(level).toBe(REPORT);
  for (const claim of [ours, { shipper: { dropped: 3 } }, { 'shipper.dropped': { closed: 3 } }]) {
    for (const input of [{ text: JSON.stringify(claim) }, { text: 'm', fields: claim }])
      for (const name of Object.keys(ours))
        expect(lineOf({ ...input, level: 'ERROR' })).not.toHaveProperty([name]);
  }
  const unreadable = Object.defineProperty({ text: '' }, 'text', {
    get: () => BigInt('no number'),
  });
  expect(lineOf(unreadable)).toHaveProperty(['shipper.encode_error']);
  expect(LEVELS[level]).toBe('ERROR');
});

describe('an encoder with few names for fields', () => {
  let nowMs = NOON;
  const linesOf = (texts: readonly string[], maxFieldNames = 12): Record<string, unknown>[] => {
    nowMs = NOON;
    const encode = createEncoder(
      {
        ...{ levelThreshold: 2, containerName: 'c', job: 'node', extraFields: {}, shipperId: 'id' },
        ...{ streamFields: ['container_name', 'job', 'stream', 'tenant'], maxFieldNames },
      },
      { now: () => nowMs, context: () => undefined },
    );
    const lines: Record<string, unknown>[] = [];
    for (const text of texts) {
      if (text === 'midnight') nowMs += DAY_MS;
      else encode({ text }, (line) => lines.push(JSON.parse(String(line))));
    }
    return lines;
  };
  const json = (...names: string[]): string =>
    JSON.stringify({ msg: 'm', ...Object.fromEntries(names.map((name) => [name, `is ${name}`])) });

  /** Lines that take as many names of the eight that come first. */
  const taking = (count: number): string[] =>
    Array.from({ length: count }, (_, at) => json(`name${at}`));

  test('puts fields without a name of their own into shipper.overflow', () => {
    const [line] = linesOf([json('a', 'b', 'c', 'd', 'e')]);
    expect(line).toMatchObject({ a: 'is a', d: 'is d' });
    expect(line).not.toHaveProperty('e');
    expect(JSON.parse(line?.['shipper.overflow'] as string)).toEqual({ e: 'is e' });
  });

  test('never does so with what decides the stream, with ids, and with what we name', () => {
    const line = linesOf([...taking(8), json('a', 'tenant', 'trace_id', 'logger')]).at(-1);
    expect(Object.keys(JSON.parse(line?.['shipper.overflow'] as string))).toEqual(['a']);
    const error = linesOf([...taking(8), 'TypeError: x\n    at f (file.js:1:1)']).at(-1);
    expect(error).toHaveProperty(['error.stack']);
    expect(error).not.toHaveProperty(['shipper.overflow']);
    const long = linesOf([...taking(7), json('n'.repeat(200))]).at(-1);
    expect(long).toHaveProperty(['shipper.renamed']);
    expect(long).not.toHaveProperty(['shipper.overflow']);
  });

  test('takes no names for lines that it leaves out', () => {
    const left = JSON.stringify({ level: 'debug', ...JSON.parse(json('a')) });
    expect(linesOf([left, ...taking(7), json('b')]).at(-1)).toMatchObject({ b: 'is b' });
  });

  test('does not take them either when a line of the same template is shipped later', () => {
    const left = JSON.stringify({ ...JSON.parse(json('a')), msg: 'DEBUG m' });
    const line = linesOf([left, left, ...taking(8), json('a')]).at(-1);
    expect(line).not.toHaveProperty('a');
    expect(JSON.parse(line?.['shipper.overflow'] as string)).toEqual({ a: 'is a' });
  });

  test('takes the names of known templates again on the next day, before or after strange ones', () => {
    const strange = taking(8);
    const lines = linesOf([
      ...[json('a'), json('a'), 'midnight', json('a'), ...strange, json('a')],
      ...['midnight', ...strange, json('a'), json('a'), json('a'), json('a')],
    ]);
    const isNamed = lines.filter(({ a, name7 }) => a ?? name7).map((line) => 'a' in line);
    const overflows = lines.map((line) => line['shipper.overflow']).filter(Boolean);
    expect(isNamed).toEqual([true, true, true, true, false, true, true]);
    expect(overflows).toEqual(['{"name7":"is name7"}', '{"a":"is a"}', '{"a":"is a"}']);
  });
});
