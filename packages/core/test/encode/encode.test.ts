import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import {
  createEncoder,
  type EncoderSettings,
  type EncoderSource,
} from '../../src/encode/encode.ts';
import { LEVELS, type LogInput } from '../../src/record/record.ts';

const NOW = Date.UTC(2026, 10, 25, 1, 2, 3, 45);
const ISO = '2026-11-25T01:02:03.045';
const SETTINGS: EncoderSettings = {
  levelThreshold: 0,
  containerName: 'hello',
  job: 'node',
  streamFields: ['container_name', 'job', 'stream'],
  extraFields: {},
  shipperId: 'abc',
  maxFieldNames: 360,
};

function linesOf(
  input: unknown,
  settings: Partial<EncoderSettings> = {},
  source: Partial<EncoderSource> = {},
): Array<Record<string, unknown>> {
  const encode = createEncoder(
    { ...SETTINGS, ...settings },
    { now: () => NOW, context: () => undefined, ...source },
  );
  const lines: string[] = [];
  encode(input as LogInput, (emitted, level) => {
    const line = String(emitted);
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(line.isWellFormed()).toBe(true);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(256_000);
    expect(JSON.parse(line).level).toBe(LEVELS[level]);
    lines.push(line);
  });
  return lines.map((line) => JSON.parse(line));
}

function lineOf(...args: Parameters<typeof linesOf>): Record<string, unknown> {
  const lines = linesOf(...args);
  expect(lines).toHaveLength(1);
  return lines[0] as Record<string, unknown>;
}

/** A line without what all lines have. */
function fieldsOf(text: unknown, known: Partial<LogInput> = {}): Record<string, unknown> {
  const { _time, stream, logger, container_name, job, ...rest } = lineOf({ ...known, text });
  delete rest['shipper.id'];
  delete rest['shipper.seq'];
  return rest;
}

describe('a text', () => {
  test('becomes a record with all the fields', () => {
    expect(lineOf({ text: 'a\nb', level: 'WARN', stream: 'stderr', logger: 'console' })).toEqual({
      _time: `${ISO}000000Z`,
      _msg: 'a\nb',
      level: 'WARN',
      stream: 'stderr',
      logger: 'console',
      container_name: 'hello',
      job: 'node',
      'shipper.id': 'abc',
      'shipper.seq': 1,
    });
  });

  test.each([
    [{ text: 'x' }, 'INFO'],
    [{ text: 'ERROR: x' }, 'ERROR'],
    [{ text: 'ERROR: x', level: 'DEBUG' }, 'DEBUG'],
    [{ text: 'RangeError: x' }, 'ERROR'],
    [{ text: 'x', level: 'warning' }, 'WARN'],
    [{ text: 'x', level: 'purple' }, 'INFO'],
    [{ text: '{"level":"error"}', level: 'DEBUG' }, 'ERROR'],
    [{ text: '{"msg":"WARN x"}' }, 'WARN'],
    [{ text: '{"msg":"WARN x"}', level: 'ERROR' }, 'ERROR'],
    [{ text: 'x', fields: { level: 'warn' } }, 'WARN'],
    [{ text: 'x', level: 'ERROR', fields: { level: 'warn' } }, 'ERROR'],
  ] as const)('%j has level %s', (input, level) => {
    expect(lineOf(input).level).toBe(level);
  });

  test('that shows an error with its stack has it in fields', () => {
    const stack = 'RangeError: too far\n    at f (a.js:1:2)';
    expect(fieldsOf(`failed: ${stack} 3`)).toEqual({
      _msg: `failed: ${stack} 3`,
      level: 'INFO',
      'error.type': 'RangeError',
      'error.message': 'too far',
      'error.stack': stack,
    });
  });

  test('logger defaults to the stream', () => {
    expect(lineOf({ text: 'x' })).toMatchObject({ stream: 'stdout', logger: 'stdout' });
    expect(lineOf({ text: 'x', stream: 'stderr' })).toMatchObject({ logger: 'stderr' });
  });

  test('an empty one stays as blank as it was', () => {
    expect(lineOf({ text: '' })._msg).toBe(' ');
  });

  test('lone surrogates are replaced', () => {
    expect(lineOf({ text: 'a\ud800b' })._msg).toBe('a\ufffdb');
  });

  test.each([['[1,2]'], ['"x"'], ['{"a":1}{"b":2}'], ['{broken}'], ['\ufeff{"a":1}']])(
    '%j is text',
    (text) => {
      expect(fieldsOf(text)).toEqual({ _msg: text, level: 'INFO' });
    },
  );
});

test('the threshold holds back lower levels, which take no number', () => {
  const encode = createEncoder(
    { ...SETTINGS, levelThreshold: 3 },
    { now: () => NOW, context: () => undefined },
  );
  const seqs: unknown[] = [];
  for (const text of ['info', 'WARN x', '{"level":30}', '{"level":50}']) {
    encode({ text }, (line) => seqs.push(JSON.parse(String(line))['shipper.seq']));
  }
  expect(seqs).toEqual([1, 2]);
  expect(linesOf({ text: 'x', level: 'FATAL' }, { levelThreshold: LEVELS.length })).toEqual([]);
});

describe('a JSON object', () => {
  test('numbers keep all their digits', () => {
    let line = '';
    createEncoder(SETTINGS, { now: () => NOW, context: () => undefined })(
      { text: '{"a":12345678901234567890,"b":1e400,"c":0.10,"d":{"e":-0}}' },
      (encoded) => {
        line = String(encoded);
      },
    );
    expect(line).toContain(',"a":12345678901234567890,"b":1e400,"c":0.10,"d.e":-0,');
  });

  test.each([
    ['time', `{"time":${NOW - 1000},"msg":"m"}`, '2026-11-25T01:02:02.045000000Z'],
    ['nanoseconds', `{"timestamp":"${ISO}123456Z","msg":"m"}`, `${ISO}123456Z`],
    [
      'the first that is valid',
      `{"time":35,"@timestamp":"2026-11-25T00:00:00+01:00"}`,
      '2026-11-24T23:00:00.000000000Z',
    ],
    ['too old', '{"time":"2020-01-01T00:00:00Z","msg":"m"}', `${ISO}000000Z`],
    ['too late', '{"time":"2026-11-27T01:02:03Z","msg":"m"}', `${ISO}000000Z`],
  ])('its time: %s', (_, text, time) => {
    expect(lineOf({ text })._time).toBe(time);
  });

  test('its own logger and ids win', () => {
    const context = {
      ...{ aws_request_id: 'r', trace_id: 't', span_id: 's' },
      ...{ tenant_id: 'a', cold_start: false, function_version: '7' },
      ...{ durable_execution_arn: 'arn:d', durable_resumed: true },
    };
    const source = { context: () => context };
    expect(
      lineOf({ text: '{"logger":"mine","trace_id":"own"}', logger: 'pino' }, {}, source),
    ).toMatchObject({ logger: 'mine', trace_id: 'own', span_id: 's', aws_request_id: 'r' });
    expect(lineOf({ text: '{"trace_id":"","a":1}' }, {}, source)).toMatchObject({ trace_id: 't' });
    expect(lineOf({ text: 'x' }, {}, source)).toMatchObject(context);
  });
});

describe('what comes beside the text', () => {
  test('fields', () => {
    const fields = { a: { b: 1n }, message: 'other', stream: 'x', time: NOW - 5 };
    expect(lineOf({ text: 'm', fields })).toMatchObject({
      _msg: 'm',
      _time: '2026-11-25T01:02:03.040000000Z',
      'a.b': 1,
      message: 'other',
      stream: 'stdout',
      stream_extracted: 'x',
    });
  });

  test('a time', () => {
    expect(lineOf({ text: 'x', timeMs: NOW - 1 })._time).toBe('2026-11-25T01:02:03.044000000Z');
    expect(lineOf({ text: 'x', timeMs: 5 })).toMatchObject({
      _time: `${ISO}000000Z`,
      _time_extracted: 5,
    });
    expect(lineOf({ text: 'x', timeMs: Number.NaN })._time).toBe(`${ISO}000000Z`);
  });
});

describe('settings', () => {
  test('extra fields are on every record and are ours', () => {
    const settings = {
      extraFields: { env: 'prod', job: 'x', _msg: 'x', 'shipper.id': 'x', level: 'x' },
    };
    expect(lineOf({ text: '{"env":"dev","msg":"m"}' }, settings)).toMatchObject({
      ...{
        env: 'prod',
        env_extracted: 'dev',
        job: 'node',
        'shipper.id': 'abc',
        _msg: 'm',
        level: 'INFO',
      },
    });
  });

  test('a stream field that the settings do not fill comes from the line, once and short', () => {
    const settings = { streamFields: ['container_name', 'job', 'stream', 'tenant', 'a.b'] };
    const long = 'é'.repeat(40_000);
    const text = JSON.stringify({ 'a.b': 1, a: { b: 2 }, tenant: long });
    const line = lineOf({ text }, settings);
    expect(line).toMatchObject({ 'a.b': 2, 'a.b_extracted': 1, tenant_extracted: long });
    expect(line.tenant).toBe('é'.repeat(511));
  });

  test('long constant values are cut', () => {
    const line = lineOf(
      { text: 'x', logger: 'l'.repeat(5000) },
      { containerName: 'c'.repeat(5000) },
    );
    expect(line.container_name).toBe('c'.repeat(1022));
    expect(line.logger).toBe('l'.repeat(1022));
  });
});

describe('what is too long', () => {
  test('a text is split into numbered parts', () => {
    const text = 'é漢😀"\n\u0001'.repeat(60_000);
    const context = { trace_id: 't' };
    const lines = linesOf({ text, logger: 'console' }, {}, { context: () => context });
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.map((line) => line._msg).join('')).toBe(text);
    lines.forEach((line, at) => {
      expect(line).toMatchObject({
        ...{ 'shipper.group': 1, 'shipper.part': at + 1, 'shipper.parts': lines.length },
        ...{ 'shipper.seq': at + 1, trace_id: 't', logger: 'console' },
      });
    });
    const times = lines.map((line) => line._time);
    expect(times).toEqual([...new Set(times)].sort());
  });

  test('a message of a JSON line is split, its fields are on the first part, its ids on all', () => {
    const text = JSON.stringify({ msg: 'x'.repeat(600_000), trace_id: 'own', a: 1 });
    const lines = linesOf({ text });
    expect(lines.map((line) => line._msg).join('')).toBe('x'.repeat(600_000));
    expect(lines.map((line) => line.a)).toEqual([1, undefined, undefined]);
    expect(lines.every((line) => line.trace_id === 'own')).toBe(true);
  });

  test('a field is cut and marked', () => {
    const line = lineOf({
      text: JSON.stringify({ msg: 'm', body: 'b'.repeat(300_000), a: 'whole' }),
    });
    expect(line).toMatchObject({ _msg: 'm', a: 'whole', 'shipper.truncated_fields': 'body' });
    const kept = (line.body as string).length;
    expect(kept).toBeGreaterThan(200_000);
    expect(line['shipper.truncated_bytes']).toBe(300_000 - kept);
  });

  test('10,000 fields', () => {
    const many = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`k${at}`, at]));
    const line = lineOf({ text: JSON.stringify({ ...many, msg: 'm' }) });
    expect(Object.keys(line).length).toBeLessThanOrEqual(400);
    expect(JSON.parse(line['shipper.overflow'] as string).k9999).toBe(9999);
    expect(line).toMatchObject({ _msg: 'm', k0: 0 });
  });

  test('thousands of equal, long and hostile names', () => {
    const parts = Array.from(
      { length: 3000 },
      (_, at) => `"a":${at},"\\u0001${'k'.repeat(300)}${at}":"${'v'.repeat(300)}"`,
    );
    expect(lineOf({ text: `{${parts.join()},"msg":"m"}` })._msg).toBe('m');
  });
});

describe('never throws', () => {
  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'text'],
    ['no text', {}],
    ['a number as text', { text: 42 }],
    ['an object as text', { text: { a: 1 } }],
    ['bytes as text', { text: Buffer.from('text') }],
    ['a symbol as text', { text: Symbol('s') }],
    ['a symbol as logger', { text: 'x', logger: Symbol('s') }],
    ['fields that are none', { text: 'x', fields: 'fields' }],
    ['fields that are null', { text: 'x', fields: null }],
    [
      'a throwing getter',
      {
        text: 'x',
        get level() {
          throw new Error('no');
        },
      },
    ],
  ])('%s', (_, input) => {
    expect(lineOf(input)._msg).not.toBe('');
  });

  test('marks what it could not encode', () => {
    const input = {
      text: 'kept',
      get error() {
        throw new Error('no');
      },
    };
    expect(lineOf(input)).toMatchObject({
      ...{ _msg: 'kept', level: 'ERROR', 'shipper.encode_error': 'Error: no' },
    });
  });

  test('survives a context that throws', () => {
    const context = () => {
      throw new Error('no');
    };
    expect(lineOf({ text: 'x' }, {}, { context })._msg).toBe('x');
  });

  test('what emit throws is the caller’s and doubles nothing', () => {
    const encode = createEncoder(SETTINGS, { now: () => NOW, context: () => undefined });
    let calls = 0;
    expect(() =>
      encode({ text: 'x' }, () => {
        calls++;
        throw new Error('full');
      }),
    ).toThrow('full');
    expect(calls).toBe(1);
  });
});

test('a message logged while another is encoded is encoded, too', () => {
  const encode = createEncoder(SETTINGS, { now: () => NOW, context: () => undefined });
  const lines: string[] = [];
  const fields = {
    a: {
      toJSON() {
        encode({ text: '{"a":"inner"}' }, (line) => lines.push(String(line)));
        return 'outer';
      },
    },
  };
  encode({ text: 'x', fields }, (line) => lines.push(String(line)));
  expect(
    lines.map((line) => JSON.parse(line)).map((line) => [line.a, line['shipper.seq']]),
  ).toEqual([
    ['inner', 1],
    ['outer', 2],
  ]);
});

describe('with stackInMessage: false', () => {
  const messageOf = (input: LogInput): unknown => lineOf(input, { stackInMessage: false })._msg;

  test('the message of an error is printed without the frames that error.stack has', () => {
    const cause = new RangeError('too much');
    const error = Object.assign(new Error('not placed', { cause }), { code: 'E1' });
    const text = `checkout failed: ${inspect(error)}`;
    expect(text).toMatch(
      /\n +at .* \{\n {2}code: 'E1',\n {2}\[cause\]: RangeError: too much\n +at /,
    );
    expect(messageOf({ text, error })).toBe(
      "checkout failed: Error: not placed {\n  code: 'E1',\n  [cause]: RangeError: too much\n}",
    );
    const line = lineOf({ text, error }, { stackInMessage: false });
    expect(line['error.stack']).toContain(`${error.stack}`);
    expect(line['error.stack']).toContain(`${cause.stack}`);
  });

  test('frames that are nowhere else stay', () => {
    const text = 'Error: a\n    at b (c.js:1:2)\n  [cause]: Error: d\n      at e (f.js:3:4)';
    expect(messageOf({ text })).toBe('Error: a\n  [cause]: Error: d\n      at e (f.js:3:4)');
    expect(messageOf({ text: 'a list:\n  at home\n  at work' })).toBe(
      'a list:\n  at home\n  at work',
    );
  });

  test('a line of JSON is treated alike', () => {
    const stack = 'Error: a\n    at b (c.js:1:2)';
    const text = JSON.stringify({ level: 'error', message: stack, stack });
    expect(messageOf({ text })).toBe('Error: a');
    expect(lineOf({ text }, { stackInMessage: false })['error.stack']).toBe(stack);
  });
});

test.each<[string, unknown, Partial<LogInput>?]>([
  ['a text', 'is the-secret here'],
  ['a line of JSON', '{"msg":"the-secret","the-secret":["the-secret"]}'],
  ['fields', 'a', { fields: { a: { b: 'the-secret' } } }],
  ['an error', 'a', { error: Object.assign(new Error('the-secret'), { code: 'the-secret' }) }],
  ['a long line', `${'the-secret'.repeat(60_000)}`],
  ['long fields', 'a', { fields: { a: 'the-secret'.repeat(60_000) } }],
])('our own credentials are hidden in %s, again and again', (_, text, known) => {
  const hide = (shown: string) => shown.replaceAll('the-secret', '***');
  for (let time = 0; time < 3; time++) {
    const lines = JSON.stringify(linesOf({ ...known, text }, {}, { credentials: { hide } }));
    expect(lines).toContain('***');
    expect(lines).not.toContain('the-secret');
  }
});
