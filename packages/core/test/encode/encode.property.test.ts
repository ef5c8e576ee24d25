import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEncoder } from '../../src/encode/encode.ts';
import type { LogInput } from '../../src/record/record.ts';
import { translateLevel } from '../../src/record/translate-level.ts';
import { someOf } from '../some-of.ts';

const NOW = Date.UTC(2026, 10, 25);
const STREAM_FIELDS = ['container_name', 'job', 'stream'];

function encodeAll(input: LogInput): string[] {
  const encode = createEncoder(
    {
      ...{ levelThreshold: 0, containerName: 'c', job: 'node', extraFields: { env: 'test' } },
      ...{ streamFields: [...STREAM_FIELDS, 'a.b', 'tenant'], shipperId: 'id', maxFieldNames: 360 },
    },
    { now: () => NOW, context: () => ({ trace_id: 't' }) },
  );
  const lines: string[] = [];
  encode(input, (line) => lines.push(String(line)));
  return lines;
}

/** Names and values the way the server takes a line apart: repeated members count, lists are values. */
function flatten(json: string): Array<[name: string, value: string]> {
  const fields: Array<[string, string]> = [];
  const visit = (value: unknown, name: string): void => {
    if (value === null || value === '') return;
    if (typeof value !== 'object' || Array.isArray(value)) {
      fields.push([name, typeof value === 'string' ? value : JSON.stringify(value)]);
      return;
    }
    for (const [key, member] of Object.entries(value))
      visit(member, name === '' ? key : `${name}.${key}`);
  };
  // Members of a line have distinct names, so nothing is lost in parsing; the test below makes sure of it.
  visit(JSON.parse(json), '');
  return fields;
}

function checkLine(line: string): void {
  expect(line.indexOf('\n')).toBe(line.length - 1);
  expect(line.isWellFormed()).toBe(true);
  expect(Buffer.byteLength(line)).toBeLessThanOrEqual(256_000);
  const fields = flatten(line);
  const names = fields.map(([name]) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of [
    ...STREAM_FIELDS,
    '_time',
    '_msg',
    'level',
    'shipper.id',
    'shipper.seq',
    'env',
  ]) {
    expect(names).toContain(name);
    // In the text, too: a repeated member would have vanished in parsing.
    expect(countMembers(line, name)).toBe(1);
  }
  for (const name of ['', '_stream', '_stream_id']) expect(names).not.toContain(name);
  for (const name of names) expect(Buffer.byteLength(name)).toBeLessThanOrEqual(128);
  expect(names.length).toBeLessThanOrEqual(1000);
}

/** Members of the top object with this name. */
function countMembers(line: string, name: string): number {
  let count = 0;
  let depth = 0;
  let isName = false;
  for (const [token] of line.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\],:]/gs)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') depth--;
    else if (token.startsWith('"') && isName && JSON.parse(token) === name) count++;
    isName = depth === 1 && (token === '{' || token === ',');
  }
  return count;
}

const NASTY_NAMES = [
  ...[
    '',
    'job',
    'stream',
    'container_name',
    '_stream',
    '_stream_id',
    '_time',
    '_msg',
    'level',
    'env',
  ],
  ...[
    'a',
    'b',
    'a.b',
    'tenant',
    'shipper',
    'id',
    'seq',
    'shipper.id',
    '.',
    'message',
    'msg',
    'time',
  ],
  ...[
    'severity',
    'err',
    'error',
    'stack',
    'type',
    'trace_id',
    'traceId',
    'logger',
    'job_extracted',
  ],
  ...['__proto__', 'toString', 'n'.repeat(130), 'é'.repeat(65), '\ud800', 'body', 'severityNumber'],
];
const name = fc.oneof(fc.constantFrom(...NASTY_NAMES), fc.string({ unit: 'binary', maxLength: 8 }));
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt(),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('error', 'NOTICE', '\udc00', '2026-11-25T00:00:00Z', 'E: x\n    at y'),
);

type Node = { leaf: unknown } | { list: Node[] } | { object: Array<[string, Node]> };

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ leaf }),
    fc.record({ list: fc.array(tie('node'), { maxLength: 3 }) }),
    fc.record({ object: fc.array(fc.tuple(name, tie('node')), { maxLength: 5 }) }),
  ),
}));
const object = fc.array(fc.tuple(name, node), { maxLength: 12 });

/** JSON text with the repeated members that JSON.stringify cannot make. */
function toJson(value: Node): string {
  if ('object' in value) return objectToJson(value.object);
  if ('list' in value) return `[${value.list.map(toJson).join()}]`;
  return typeof value.leaf === 'bigint' ? String(value.leaf) : JSON.stringify(value.leaf);
}

function objectToJson(members: ReadonlyArray<[string, Node]>): string {
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${toJson(value)}`).join()}}`;
}

/** Every value that the server would have stored, as its text. */
function leavesOf(value: Node): string[] {
  if ('object' in value) return value.object.flatMap(([, member]) => leavesOf(member));
  const json = toJson(value);
  return json === 'null' || json === '""' ? [] : [json];
}

test('any text gives one line that holds it', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const lines = encodeAll({ text });
      expect(lines).toHaveLength(1);
      checkLine(lines[0] as string);
      if (!text.trim().startsWith('{')) {
        expect(JSON.parse(lines[0] as string)._msg).toBe(text.toWellFormed() || ' ');
      }
    }),
    { numRuns: someOf(500) },
  );
});

test('any JSON object gives one line that the server can store, with every value in it', () => {
  fc.assert(
    fc.property(object, (members) => {
      const lines = encodeAll({ text: objectToJson(members) });
      expect(lines).toHaveLength(1);
      const line = lines[0] as string;
      checkLine(line);
      const { _time, ...fields } = JSON.parse(line);
      const stored = Object.values(fields).map(textOf);
      for (const json of leavesOf({ object: members })) {
        const value = leafText(json);
        // What became the time or the level stands there translated.
        if (isLevel(value)) continue;
        if (value === '2026-11-25T00:00:00Z' && _time.startsWith('2026-11-25T00:00:00')) continue;
        // What cannot be flattened is stored as JSON text.
        const inText = withoutLoneSurrogates(json);
        if (stored.some((text) => text === value || text.includes(inText))) continue;
        // Numbers of any length: parsing a line would round them.
        if (!line.includes(`:${json},`)) throw new Error(`${json} is missing in ${line}`);
      }
    }),
    { numRuns: someOf(1_000) },
  );
});

test('any fields give lines that the server can store', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        name,
        fc.anything({
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withNullPrototype: true,
          withSparseArray: true,
        }),
      ),
      fc.constantFrom('text', '', '{"job":"x","a":1}'),
      (fields, text) => {
        for (const line of encodeAll({ text, fields })) checkLine(line);
      },
    ),
    { numRuns: someOf(500) },
  );
});

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function leafText(json: string): string {
  if (json.startsWith('"')) return (JSON.parse(json) as string).toWellFormed();
  return withoutLoneSurrogates(json);
}

/** JSON.stringify escapes no others. */
function withoutLoneSurrogates(json: string): string {
  return json.replace(/\\ud[89a-f]../g, '\\ufffd');
}

function isLevel(text: string): boolean {
  return translateLevel(text) !== undefined || translateLevel(Number(text)) !== undefined;
}
