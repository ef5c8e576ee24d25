import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createEncoder, type Encode } from '../../src/encode/encode.ts';
import type { LoggerKeys, LogInput } from '../../src/record/record.ts';
import { someOf } from '../some-of.ts';

const NOW = Date.UTC(2026, 10, 25, 1, 2, 3, 45);

function makeEncoder(context: object | undefined): Encode {
  return createEncoder(
    {
      ...{ levelThreshold: 1, containerName: 'c', job: 'node', extraFields: { env: 'test' } },
      ...{
        streamFields: ['container_name', 'job', 'stream', 'tenant'],
        shipperId: 'id',
        maxFieldNames: 360,
      },
    },
    { now: () => NOW, context: () => context },
  );
}

function encoded(encode: Encode, input: LogInput): Array<[line: string, level: number]> {
  const lines: Array<[string, number]> = [];
  encode(input, (line, level) => lines.push([String(line), level]));
  return lines;
}

/** JSON texts by kind. A slot of a template takes another one of the same pool in each line. */
const string = fc.oneof(
  fc.string({ maxLength: 12 }).map((text) => JSON.stringify(text)),
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    ...['""', '"x"', '"ERROR: x"', '"WARN\\tx"', '"\\u0057ARN x"', '"npm ERR! x"', '"level=error"'],
    ...['"\\ud83d\\ude00"', '"\\ud800"', '"\\uD800\\n"', '"a\\"b"', '"\\\\"', '"é😀"', '"\ud800"'],
    ...['"{}"', '"E: x\\n    at y (z.js:1:2)"', '"\\/\\b\\f\\r\\u00e9"'],
  ),
);
const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.constantFrom('0', '-0', '1.50', '1e5', '-1E+3', '12345678901234567890123', '7'),
);
const word = fc.constantFrom('true', 'false', 'null');
const time = fc.constantFrom(
  ...[String(NOW), String(NOW + 7), String(NOW - 30 * 86_400_000), `"${NOW}"`, '1.5', '0'],
  ...['"2026-11-25T01:02:03.004Z"', '"2026-11-25T01:02:03.004567+01:00"', '"2026-11-25 01:02:03"'],
  ...[`${NOW / 1000}`, `${NOW}123456`, '"2026-11-31T00:00:00Z"', '"2026-11-25T01:02:59Z"', 'null'],
);
const level = fc.constantFrom(
  ...['10', '20', '30', '35', '50', '"info"', '"ERROR"', '"NOTICE"', '"purple"', 'null', 'true'],
);
const id = fc.constantFrom('"0af7651916cd43dd8448eb211c80319c"', '"not an id"', '7', '""');
const any = fc.oneof(string, number, word, time, level, id);

const pools = [string, number, word, time, level, id, any];
type Template =
  | { pool: number }
  | { list: Template[] }
  | { object: Array<[key: string, value: Template, blank: string]> };

const key = fc.oneof(
  fc.constantFrom(
    ...['msg', 'message', 'time', 'timestamp', 'level', 'severity', 'a', 'b', 'a.b', 'traceId'],
    ...['trace_id', 'logger', 'stream', 'job', 'job_extracted', 'env', 'tenant', 'err', 'error'],
    ...[
      'type',
      'stack',
      'shipper',
      'id',
      '',
      '__proto__',
      'body',
      'severityNumber',
      '_time',
      '_msg',
    ],
    ...['n'.repeat(129), 'é'],
  ),
  fc.string({ maxLength: 4 }),
);
const blank = fc.oneof({ weight: 5, arbitrary: fc.constant('') }, fc.constantFrom(' ', '\n', '\t'));
const { template } = fc.letrec<{ template: Template }>((tie) => ({
  template: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.record({ pool: fc.nat({ max: pools.length - 1 }) }),
    fc.record({ list: fc.array(tie('template'), { maxLength: 3 }) }),
    fc.record({ object: fc.array(fc.tuple(key, tie('template'), blank), { maxLength: 4 }) }),
  ),
}));
/** Members as loggers write them. */
const usual = fc.constantFrom<[string, Template, string]>(
  ...([
    ['level', { pool: 4 }, ''],
    ['time', { pool: 3 }, ''],
    ['msg', { pool: 0 }, ''],
    ['message', { pool: 0 }, ''],
    ['pid', { pool: 1 }, ''],
    ['ok', { pool: 2 }, ''],
    ['trace_id', { pool: 5 }, ''],
    ['tags', { list: [{ pool: 0 }, { pool: 1 }, { pool: 2 }] }, ''],
    [
      'req',
      {
        object: [
          ['url', { pool: 0 }, ''],
          ['id', { pool: 1 }, ''],
        ],
      },
      '',
    ],
  ] as Array<[string, Template, string]>),
);
const members = fc.oneof(
  fc.uniqueArray(usual, { maxLength: 5, selector: ([name]) => name }),
  fc.array(fc.oneof(usual, fc.tuple(key, template, blank)), { maxLength: 6 }),
);

/** A line of the template. */
function lineOf(made: Template): fc.Arbitrary<string> {
  if ('pool' in made) return pools[made.pool] as fc.Arbitrary<string>;
  if ('list' in made) {
    return fc.tuple(...made.list.map(lineOf)).map((values) => `[${values.join()}]`);
  }
  return fc.tuple(...made.object.map(([, value]) => lineOf(value))).map((values) => {
    const texts = made.object.map(
      ([name, , space], at) => `${space}${JSON.stringify(name)}:${space}${values[at]}`,
    );
    return `{${texts.join()}}`;
  });
}

/** A line with one character more, less or another: most often it is none of JSON any more. */
const damage = fc.record({
  at: fc.nat(),
  removed: fc.nat({ max: 2 }),
  added: fc.constantFrom(
    ...['', '"', '\\', '{', '}', ',', '0', 'x', ' ', '\u0000', '\ud800', '\n', '.', 'e', '-'],
  ),
});

function damaged(line: string, how: { at: number; removed: number; added: string }): string {
  const at = how.at % (line.length + 1);
  return line.slice(0, at) + how.added + line.slice(at + how.removed);
}

const known = fc.constantFrom<Partial<LogInput>>(
  ...([{}, {}, { level: 'WARN' }, { level: 'INFO', logger: 'console', stream: 'stderr' }] as const),
  ...([
    { keys: { message: 'msg', error: 'err' }, level: 'ERROR' },
    { keys: { message: 'message' } satisfies LoggerKeys, level: 'DEBUG' },
    { keys: {} },
    { level: 'warning' as 'WARN' },
    { fields: { a: 1 } },
    { timeMs: NOW },
  ] as const),
);

const programs = fc
  .array(members, { minLength: 1, maxLength: 3 })
  .chain((templates) =>
    fc.tuple(
      fc.array(
        fc.tuple(
          fc.oneof(...templates.map((object) => lineOf({ object }))),
          fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, damage),
          known,
        ),
        { minLength: 2, maxLength: 12, size: 'max' },
      ),
      known,
      fc.boolean(),
      fc.constantFrom(undefined, { trace_id: 't', span_id: 's' }),
    ),
  );

test('any sequence of JSON lines is encoded as each would be on the slow path', () => {
  fc.assert(
    fc.property(programs, ([lines, same, isSame, context]) => {
      const encode = makeEncoder(context);
      const encodeSlowly = makeEncoder(context);
      for (const [line, how, own] of lines) {
        const beside = isSame ? same : own;
        const text = how === null ? line : damaged(line, how);
        // A blank behind the object means nothing, and no fast path knows it. A text is left as it is.
        const isJson = text.endsWith('}') && isObject(text);
        const slow = { ...beside, text: isJson ? `${text} ` : text };
        expect(encoded(encode, { ...beside, text })).toEqual(encoded(encodeSlowly, slow));
      }
    }),
    { numRuns: someOf(3_000) },
  );
});

function isObject(text: string): boolean {
  try {
    JSON.parse(text);
    return text.startsWith('{');
  } catch {
    return false;
  }
}
