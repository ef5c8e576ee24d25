import { describe, expect, test } from 'vitest';
import { asJsonObject, MAX_SUMMARY_LENGTH, normalize } from '../../src/record/normalize.ts';
import { ourNames } from '../../src/record/our-names.ts';
import { LEVELS, type LogInput } from '../../src/record/record.ts';

const NOW = Date.UTC(2026, 10, 25, 1, 2, 3, 45);
const OURS = ourNames(['container_name', 'job']);
const WINDOW = { nowMs: NOW, retentionMs: 7 * 86_400_000 };

/** The record as an object: level by name, time in milliseconds, and every field that is not empty. */
function recordOf(input: LogInput): Record<string, unknown> {
  const { text } = input;
  const { level, message, time, fields } = normalize(text, asJsonObject(text), input, OURS, WINDOW);
  const kept = fields.names
    .map((name, at) => [name, fields.values[at] as string] as const)
    .filter(([, json]) => json !== '');
  expect(new Set(kept.map(([name]) => name)).size).toBe(kept.length);
  return {
    _msg: JSON.parse(message),
    level: LEVELS[level],
    ...(time === undefined ? {} : { _time: time.ms }),
    ...Object.fromEntries(kept.map(([name, json]) => [name, JSON.parse(json)])),
  };
}

/** The same without the time. */
function fieldsOf(text: string, known: Partial<LogInput> = {}): Record<string, unknown> {
  const { _time, ...rest } = recordOf({ ...known, text });
  return rest;
}

describe('a text', () => {
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
    expect(recordOf(input as LogInput).level).toBe(level);
  });

  test('the first level of a line counts: loggers write it before what a stranger may have sent', () => {
    const line = '{"level":40,"user":"x","level":10,"msg":"login failed"}';
    expect(fieldsOf(line)).toEqual({
      _msg: 'login failed',
      level: 'WARN',
      user: 'x',
      level_extracted: 10,
    });
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

  test('lone surrogates are replaced', () => {
    expect(recordOf({ text: 'a\ud800b' })._msg).toBe('a\ufffdb');
  });

  test.each([['[1,2]'], ['"x"'], ['{"a":1}{"b":2}'], ['{broken}'], ['\ufeff{"a":1}']])(
    '%j is text',
    (text) => {
      expect(fieldsOf(text)).toEqual({ _msg: text, level: 'INFO' });
    },
  );
});

test('a JSON line whose message is nested without end keeps its level and has no error', () => {
  const deep = `{"message":${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)},"level":"warn"}`;
  const { _msg, ...rest } = fieldsOf(deep);
  expect(_msg).toMatch(/^\{"a":\{"a":.*…$/);
  expect(rest.level).toBe('WARN');
  expect(Object.keys(rest).filter((name) => /error/.test(name))).toEqual([]);
});

test('a JSON line whose message is an object has the text of that as its message', () => {
  expect(fieldsOf('{"msg":{"a":1},"b":2}')).toMatchObject({ _msg: '{"a":1}', b: 2 });
  expect(fieldsOf('{"message":null,"msg":{ "a" : 12.50 }}')._msg).toBe('{ "a" : 12.50 }');
});

describe('a JSON line of a logger whose keys are known', () => {
  test.each<[string, string, Partial<LogInput>, object]>([
    [
      'names its message',
      '{"message":"a","msg":"b","text":"c"}',
      { keys: { message: 'text' } },
      { _msg: 'c', message: 'a', msg: 'b', level: 'INFO' },
    ],
    [
      'may be without it',
      '{"level":40,"msg":"b","a":1}',
      { keys: { message: 'text' } },
      { _msg: 'b', a: 1, level: 'WARN' },
    ],
    [
      'names its error',
      '{"msg":"m","data":{"e":{"type":"E","message":"boom","stack":"s","code":7}}}',
      { keys: { error: 'data.e' } },
      {
        _msg: 'm',
        level: 'INFO',
        'error.type': 'E',
        'error.message': 'boom',
        'error.stack': 's',
        'error.code': 7,
      },
    ],
    [
      'has numbers of its own for levels',
      '{"level":10,"msg":"m"}',
      { keys: {}, level: 'ERROR' },
      { _msg: 'm', level: 'ERROR', level_extracted: 10 },
    ],
    [
      'says its level as we do',
      '{"severity":"error","msg":"m"}',
      { keys: {}, level: 'ERROR' },
      { _msg: 'm', level: 'ERROR' },
    ],
  ])('%s', (_name, text, known, expected) => {
    expect(fieldsOf(text, known)).toEqual(expected);
  });
});

describe('a JSON object', () => {
  test.each([
    ['pino', `{"level":30,"time":${NOW},"pid":1,"msg":"m"}`, { _msg: 'm', level: 'INFO', pid: 1 }],
    [
      'a level between',
      '{"level":35,"msg":"m"}',
      { _msg: 'm', level: 'INFO', level_extracted: 35 },
    ],
    [
      'a level by name',
      '{"severity":"NOTICE","msg":"m"}',
      { _msg: 'm', level: 'INFO', level_extracted: 'NOTICE' },
    ],
    [
      'an unknown level',
      '{"level":"purple","lvl":"warn","msg":"m"}',
      { _msg: 'm', level: 'WARN', level_extracted: 'purple' },
    ],
    [
      'ECS',
      '{"@timestamp":"2026-11-25T01:00:00Z","log.level":"warn","message":"m","log":{"logger":"l"},"trace":{"id":"0af7651916cd43dd8448eb211c80319c"}}',
      { _msg: 'm', level: 'WARN', 'log.logger': 'l', trace_id: '0af7651916cd43dd8448eb211c80319c' },
    ],
    [
      'OpenTelemetry',
      '{"timeUnixNano":"1795568400000000001","severityNumber":17,"body":{"stringValue":"m"},"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"}',
      {
        _msg: 'm',
        level: 'ERROR',
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        span_id: 'b7ad6b7169203331',
      },
    ],
    [
      'a body that is no message',
      '{"body":"b"}',
      { _msg: '{"body":"b"}', level: 'INFO', body: 'b' },
    ],
    [
      'two messages',
      '{"message":"a","msg":"b","_msg":"c"}',
      { _msg: 'a', msg: 'b', _msg_extracted: 'c', level: 'INFO' },
    ],
    ['an empty message', '{"message":"","msg":"b"}', { _msg: 'b', level: 'INFO' }],
    ['a number as message', '{"msg":42,"a":1}', { _msg: '42', level: 'INFO', a: 1 }],
    ['an object as message', '{"msg":{"a":1}}', { _msg: '{"a":1}', level: 'INFO', 'msg.a': 1 }],
    ['no message', '{"a":{"b":1}}', { _msg: '{"a":{"b":1}}', level: 'INFO', 'a.b': 1 }],
    ['nothing', '{}', { _msg: '{}', level: 'INFO' }],
    [
      'names of ours',
      '{"job":"j","stream":{"":1},"_stream":"s","_stream_id":1,"_time":"t","":"e","shipper.id":"i","shipper":{"x":1},"msg":"m"}',
      {
        _msg: 'm',
        level: 'INFO',
        job_extracted: 'j',
        'stream.': 1,
        _stream_extracted: 's',
        _stream_id_extracted: 1,
        _time_extracted: 't',
        _extracted: 'e',
        'shipper.id_extracted': 'i',
        'shipper.x_extracted': 1,
      },
    ],
    [
      'a taken replacement',
      '{"job":"a","job_extracted":"b","msg":"m"}',
      { _msg: 'm', level: 'INFO', job_extracted: 'a', job_extracted_2: 'b' },
    ],
    [
      'repeated keys',
      '{"a":1,"a":2,"a":2,"b.c":3,"b":{"c":4},"msg":"m"}',
      { _msg: 'm', level: 'INFO', a: 2, a_extracted: 1, 'b.c': 4, 'b.c_extracted': 3 },
    ],
    [
      'repeated stream fields',
      '{"job":"a","job":"b","msg":"m"}',
      { _msg: 'm', level: 'INFO', job_extracted: 'b', job_extracted_2: 'a' },
    ],
    [
      'pino error',
      '{"level":50,"err":{"type":"E","message":"boom","stack":"E: boom\\n    at x","code":7},"msg":"m"}',
      {
        _msg: 'm',
        level: 'ERROR',
        'error.type': 'E',
        'error.message': 'boom',
        'error.stack': 'E: boom\n    at x',
        'error.code': 7,
      },
    ],
    [
      'bunyan error',
      '{"level":50,"err":{"name":"E","message":"boom","stack":"s"},"msg":"m"}',
      { _msg: 'm', level: 'ERROR', 'error.type': 'E', 'error.message': 'boom', 'error.stack': 's' },
    ],
    [
      'winston error',
      '{"level":"error","message":"boom","stack":"TypeError: boom\\n    at x"}',
      {
        _msg: 'boom',
        level: 'ERROR',
        'error.type': 'TypeError',
        'error.message': 'boom',
        'error.stack': 'TypeError: boom\n    at x',
      },
    ],
    [
      'Powertools error',
      '{"level":"ERROR","message":"m","error":{"name":"E","location":"l","message":"boom","stack":"s"}}',
      {
        _msg: 'm',
        level: 'ERROR',
        'error.type': 'E',
        'error.location': 'l',
        'error.message': 'boom',
        'error.stack': 's',
      },
    ],
    [
      'Lambda error',
      '{"level":"ERROR","message":{"errorType":"E","errorMessage":"boom","stackTrace":["E: boom","    at C:\\\\x"]}}',
      {
        _msg: 'boom',
        level: 'ERROR',
        'error.type': 'E',
        'error.message': 'boom',
        'error.stack': 'E: boom\n    at C:\\x',
      },
    ],
    [
      'ECS error',
      '{"error":{"type":"E","message":"boom","stack_trace":"s"},"message":"m"}',
      { _msg: 'm', level: 'INFO', 'error.type': 'E', 'error.message': 'boom', 'error.stack': 's' },
    ],
    [
      'a stack that is none',
      '{"stack":"full","msg":"m"}',
      { _msg: 'm', level: 'INFO', stack: 'full' },
    ],
    [
      'arrays and falsehoods',
      '{"a":[1,"x"],"b":false,"c":0,"msg":"m"}',
      { _msg: 'm', level: 'INFO', a: [1, 'x'], b: false, c: 0 },
    ],
  ])('%s', (_, text, expected) => {
    expect(fieldsOf(text)).toEqual(expected);
  });

  test('a time that the server would not take stays a field', () => {
    expect(fieldsOf('{"time":"2020-01-01T00:00:00Z","_time":"x","msg":"m"}')).toEqual({
      _msg: 'm',
      level: 'INFO',
      time: '2020-01-01T00:00:00Z',
      _time_extracted: 'x',
    });
  });
});

describe('what comes beside the text', () => {
  test('fields', () => {
    const fields = { a: { b: 1n }, message: 'other', stream: 'x', time: NOW - 5 };
    expect(recordOf({ text: 'm', fields })).toMatchObject({
      _msg: 'm',
      _time: NOW - 5,
      'a.b': 1,
      message: 'other',
      stream_extracted: 'x',
    });
  });

  test('the line keeps its name before a field beside it', () => {
    expect(recordOf({ text: '{"a":1,"msg":"m"}', fields: { a: 2, msg: 'n' } })).toMatchObject({
      _msg: 'm',
      a: 1,
      a_extracted: 2,
      msg_extracted: 'n',
    });
  });

  test('an error', () => {
    const error = new TypeError('boom');
    expect(recordOf({ text: 'failed', error })).toMatchObject({
      _msg: 'failed',
      'error.type': 'TypeError',
      'error.message': 'boom',
      'error.stack': error.stack,
    });
    expect(recordOf({ text: '', error })._msg).toBe('boom');
    expect(recordOf({ text: 'x', error: { code: 1 } })).toMatchObject({
      'error.type': 'Object',
      'error.message': '{"code":1}',
    });
  });

  test('a time', () => {
    expect(recordOf({ text: 'x', timeMs: NOW - 0.5 })._time).toBe(NOW - 1);
    // The server would drop it.
    expect(recordOf({ text: 'x', timeMs: 5 })).toEqual({
      ...{ _msg: 'x', level: 'INFO', _time_extracted: 5 },
    });
    expect(recordOf({ text: 'x', timeMs: Number.NaN })).toEqual({ _msg: 'x', level: 'INFO' });
  });

  test('fields are the message of a line without text', () => {
    expect(recordOf({ text: '', fields: { a: 1 } })).toMatchObject({ _msg: '{"a":1}', a: 1 });
    expect(recordOf({ text: '', fields: { msg: 'm' } })).toEqual({ _msg: 'm', level: 'INFO' });
    expect(recordOf({ text: '', fields: {} })._msg).toBe(' ');
  });

  test('fields that are none are kept', () => {
    const fields = 'text' as unknown as Record<string, unknown>;
    expect(recordOf({ text: 'm', fields })).toMatchObject({ _msg: 'm', fields: 'text' });
  });
});

test('a line without a message shows the beginning of its text, and keeps its fields whole', () => {
  const a = 'x'.repeat(2 * MAX_SUMMARY_LENGTH);
  const text = JSON.stringify({ a });
  const record = recordOf({ text });
  expect(record).toMatchObject({ _msg: `${text.slice(0, MAX_SUMMARY_LENGTH)}…`, a });
});

test('a time of the line is taken to the nanosecond', () => {
  const text = '{"time":"2026-11-25T01:00:00.123456789Z","msg":"m"}';
  const { time, fields } = normalize(text, text, { text }, OURS, WINDOW);
  expect(time).toEqual({ ms: Date.UTC(2026, 10, 25, 1, 0, 0, 123), digits: '456789' });
  expect(fields.has('time')).toBe(false);
});
