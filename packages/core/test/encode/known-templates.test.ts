import { afterEach, expect, test, vi } from 'vitest';
import { createEncoder } from '../../src/encode/encode.ts';
import type { LogInput } from '../../src/record/record.ts';

const NOW = Date.UTC(2026, 10, 25, 1, 2, 3, 45);

/** Encodes lines one after the other; the last is encoded without JSON.parse when its template is known. */
function encodeAll(inputs: readonly LogInput[]): {
  last: Record<string, unknown>;
  isFast: boolean;
} {
  const encode = createEncoder(
    {
      ...{ levelThreshold: 0, containerName: 'c', job: 'node', extraFields: {} },
      ...{
        streamFields: ['container_name', 'job', 'stream', 'tenant'],
        shipperId: 'id',
        maxFieldNames: 360,
      },
    },
    { now: () => NOW, context: () => undefined },
  );
  let last = '';
  for (const input of inputs.slice(0, -1)) encode(input, () => {});
  const parse = vi.spyOn(JSON, 'parse');
  encode(inputs.at(-1) as LogInput, (line) => {
    last = String(line);
  });
  const isFast = parse.mock.calls.length === 0;
  parse.mockRestore();
  return { last: JSON.parse(last), isFast };
}

afterEach(() => {
  vi.restoreAllMocks();
});

const pino = (id: number, rest = '') =>
  `{"level":30,"time":${NOW + id},"pid":${id},"req":{"url":"/${id}"},"ok":true,"tags":["a",1]${rest},"msg":"m ${id}"}`;

test.each<[string, string, string]>([
  ['pino', pino(1), pino(2)],
  [
    'winston',
    '{"level":"info","message":"a","timestamp":"2026-11-25T01:02:03.004Z"}',
    '{"level":"info","message":"b \\"c\\" \\u00e9","timestamp":"2026-11-25T01:02:04.005Z"}',
  ],
  ['blanks between values', '{"msg": "a", "n": 1}', '{"msg": "b", "n": -2.5e3}'],
  ['no message', '{"a":1}', '{"a":2}'],
  ['a time without a zone', '{"time":"2026-11-25 01:02:03","msg":"a"}', '{"time":"x","msg":"b"}'],
  ['a null', '{"a":null,"msg":"a"}', '{"a":null,"msg":"b"}'],
])('a line of a template seen before is not parsed: %s', (_name, first, second) => {
  expect(encodeAll([{ text: first }, { text: second }]).isFast).toBe(true);
});

const deep = (text: string) => `${'{"a":'.repeat(40)}${JSON.stringify(text)}${'}'.repeat(40)}`;

test.each<[string, string, string]>([
  ['another name', '{"a":1,"msg":"a"}', '{"b":1,"msg":"a"}'],
  ['another kind of value', '{"a":1,"msg":"a"}', '{"a":"1","msg":"a"}'],
  ['an empty string', '{"a":"1","msg":"a"}', '{"a":"","msg":"a"}'],
  ['another level', '{"level":30,"msg":"a"}', '{"level":40,"msg":"a"}'],
  ['a time that is none', `{"time":${NOW},"msg":"a"}`, '{"time":12,"msg":"a"}'],
  ['a time outside the window', `{"time":${NOW},"msg":"a"}`, `{"time":${NOW - 9e8},"msg":"a"}`],
  ['a surrogate', '{"msg":"a"}', '{"msg":"\\ud800"}'],
  ['ids', '{"traceId":"0af7651916cd43dd","msg":"a"}', '{"traceId":"0af7651916cd43de","msg":"a"}'],
  [
    'errors',
    '{"err":{"type":"E","stack":"a"},"msg":"a"}',
    '{"err":{"type":"E","stack":"b"},"msg":"a"}',
  ],
  ['names twice', '{"a":1,"a":2,"msg":"a"}', '{"a":2,"a":2,"msg":"a"}'],
  ['a long name', `{"${'n'.repeat(129)}":1,"msg":"a"}`, `{"${'n'.repeat(129)}":2,"msg":"a"}`],
  ['an object that is too deep', deep('a'), deep('b')],
  ['a list that is text', '{"a":["\\n"],"b":1,"msg":"a"}', '{"a":["\\n"],"b":2,"msg":"a"}'],
  ['own stream fields', '{"tenant":"a","msg":"a"}', '{"tenant":"b","msg":"a"}'],
])('what is out of the ordinary takes the slow path: %s', (_name, first, second) => {
  expect(encodeAll([{ text: first }, { text: second }]).isFast).toBe(false);
});

test('what a logger tells about its lines counts on the fast path, too', () => {
  const input = (level: 'INFO' | 'ERROR', id: number): LogInput => ({
    ...{ level, logger: 'pino', keys: { message: 'text', error: 'err' } },
    text: `{"level":30,"msg":"m","text":"t ${id}"}`,
  });
  const { last, isFast } = encodeAll([input('ERROR', 1), input('INFO', 2), input('ERROR', 3)]);
  expect(isFast).toBe(true);
  expect(last).toMatchObject({ level: 'ERROR', level_extracted: 30, _msg: 't 3', msg: 'm' });
});

test('templates that alternate are all known, and a great many do not pile up', () => {
  const line = (template: number) => {
    const names = [...template.toString(2)].map((bit, at) =>
      bit === '1' ? `,"field_${at}":1` : '',
    );
    return { text: `{"level":30${names.join('')},"msg":"m"}` };
  };
  const few = Array.from({ length: 20 }, (_, at) => line(at));
  expect(encodeAll([...few, ...few]).isFast).toBe(true);
  const many = Array.from({ length: 10_000 }, (_, at) => line(at));
  expect(encodeAll([...few, ...many, line(0)]).isFast).toBe(false);
});

test('the level of a line without one comes from its message', () => {
  const lines = ['m', 'x', 'WARN x'].map((msg) => ({ text: JSON.stringify({ msg }) }));
  const { last, isFast } = encodeAll(lines);
  expect([last.level, isFast]).toEqual(['WARN', true]);
});
