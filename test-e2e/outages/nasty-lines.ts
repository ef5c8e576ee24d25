/** Lines that VictoriaLogs would drop, alter or die of in silence, and what has to come out of each. */
import type { Row } from '../environment/victorialogs-queries.ts';

/** A line and what is known of the rows that it becomes. */
export interface NastyLine {
  readonly what: string;
  readonly text: string;
  /** Fields of its first row. A RegExp has to match. */
  readonly has?: Readonly<Record<string, string | RegExp>>;
  /** How many rows it becomes. Default: 1. */
  readonly rows?: number;
  /** Anything else that has to be true of its rows. */
  readonly and?: (rows: readonly Row[]) => boolean;
}

const KIB = 1024;
const BIG_TEXT = Array.from({ length: 150_000 }, (_, at) => `${at % 10}é"`).join('');
const LONG_NAME = `name_${'n'.repeat(200)}`;
const LONG_TWO_BYTE_NAME = 'é'.repeat(65);
const dayFromNow = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
const nested = (open: string, close: string, levels: number): string =>
  `{"msg":"deep","deep":${open.repeat(levels)}1${close.repeat(levels)}}`;
const manyFields = (count: number): string =>
  JSON.stringify({
    msg: 'many',
    ...Object.fromEntries(Array.from({ length: count }, (_, at) => [`f${at}`, at])),
  });
const joined = (rows: readonly Row[]): string => rows.map((row) => row._msg).join('');
const keeps = (value: string) => (rows: readonly Row[]) =>
  Object.values(rows[0] ?? {}).includes(value);
const isNow = ([row]: readonly Row[]): boolean =>
  Math.abs(Date.parse(row?._time ?? '') - Date.now()) < 120_000;

/** With the stream fields that are the default. */
export const NASTY_LINES: readonly NastyLine[] = [
  {
    what: 'a text over the longest line, in parts that make it again',
    text: BIG_TEXT,
    rows: 3,
    and: (rows) => joined(rows) === BIG_TEXT,
  },
  {
    what: 'a text of 1 MiB',
    text: 'm'.repeat(KIB * KIB),
    rows: 5,
    and: (rows) => joined(rows) === 'm'.repeat(KIB * KIB),
  },
  {
    what: 'a field of 1 MiB, cut and marked',
    text: JSON.stringify({ msg: 'big field', blob: 'b'.repeat(KIB * KIB), id: 7 }),
    has: { _msg: 'big field', id: '7', 'shipper.truncated_fields': 'blob', blob: /^b{200000,}$/ },
  },
  {
    what: '10,000 fields, most of them in one',
    text: manyFields(10_000),
    has: { _msg: 'many', f0: '0', 'shipper.overflow': /"f9999":9999/ },
  },
  {
    what: '1,001 fields',
    text: manyFields(1_001),
    has: { _msg: 'many', f0: '0', 'shipper.overflow': /"f1000":1000/ },
  },
  {
    what: 'a field name over 128 bytes, shortened and told',
    text: JSON.stringify({ msg: 'long name', [LONG_NAME]: 'value' }),
    has: { _msg: 'long name', 'shipper.renamed': new RegExp(LONG_NAME) },
    and: keeps('value'),
  },
  {
    what: 'a field name over 128 bytes in characters of two bytes',
    text: JSON.stringify({ msg: 'long name', [LONG_TWO_BYTE_NAME]: 'value' }),
    has: { _msg: 'long name', 'shipper.renamed': new RegExp(LONG_TWO_BYTE_NAME) },
    and: keeps('value'),
  },
  {
    what: 'a nested name over 128 bytes',
    text: JSON.stringify({ msg: 'nested name', ['a'.repeat(80)]: { ['b'.repeat(80)]: 'value' } }),
    has: { _msg: 'nested name', 'shipper.renamed': /a{80}\.b{80}/ },
    and: keeps('value'),
  },
  ...[dayFromNow(-8), dayFromNow(30), '1970-01-01T00:00:00Z', '2026-11-31T10:00:00Z', 'soon'].map(
    (time) => ({
      what: `a time that the server does not take: ${time.replace(/^2\d{3}-(?!11-31).*/, 'out of its window')}`,
      text: JSON.stringify({ msg: 'late', time }),
      has: { _msg: 'late' },
      and: (rows: readonly Row[]) => isNow(rows) && keeps(time)(rows),
    }),
  ),
  {
    what: 'a time as a number out of its window',
    text: '{"msg":"late","time":12345}',
    has: { _msg: 'late' },
    and: (rows) => isNow(rows) && keeps('12345')(rows),
  },
  ...[
    ...[`${dayFromNow(-7).slice(0, 19)}Z`, dayFromNow(3), '2026-11-25', '2026-11-25T10:00Z'],
    ...['2026-11-25T10:00:00,123Z', '2026-11-25T10:00:00.0123456789Z', '2026-13-01T10:00:00Z'],
    ...['Wed Nov 25 2026 10:00:00 GMT', '0', '-', '1e30', 'true'],
  ].map((time, at) => ({
    what: `a time that is on the edge or of another form, ${at + 1}`,
    text: JSON.stringify({ msg: 'time', time }),
    has: { _msg: 'time' },
  })),
  ...['null', 'true', '0', '-1', '1e30', '{}', '[]', '""', '{"a":1}'].map((time) => ({
    what: `a time that is none: ${time}`,
    text: `{"msg":"time","time":${time},"timestamp":${time},"_time":${time}}`,
    has: { _msg: 'time' },
    and: isNow,
  })),
  {
    what: 'half of a surrogate pair',
    text: 'half \ud800 of a pair',
    has: { _msg: 'half \ufffd of a pair' },
  },
  {
    what: 'half of a surrogate pair in JSON',
    text: '{"msg":"half \\ud800 of a pair","\\udc00":"\\udfff"}',
    has: { _msg: 'half \ufffd of a pair' },
  },
  { what: 'an empty message, which is no record', text: '', rows: 0 },
  { what: 'a message of blanks, which is no record', text: '   ', rows: 0 },
  { what: 'an empty object', text: '{}', and: hasAMessage },
  { what: 'an object without a message', text: '{"a":1}', has: { a: '1' }, and: hasAMessage },
  {
    what: 'an object with an empty message',
    text: '{"msg":"","a":1}',
    has: { a: '1' },
    and: hasAMessage,
  },
  {
    what: 'an object with a message that is none',
    text: '{"msg":null,"a":1}',
    has: { a: '1' },
    and: hasAMessage,
  },
  { what: 'NUL', text: 'a\0b', has: { _msg: 'a\0b' } },
  {
    what: 'control characters, of which only colors are taken out',
    text: '\u001b[31mred\u001b[0m\u0007\u0001',
    has: { _msg: 'red\u0007\u0001' },
  },
  { what: 'a byte order mark', text: '\ufeff{"msg":"x"}', and: hasAMessage },
  {
    what: 'huge numbers, digit for digit',
    text: '{"msg":"n","big":123456789012345678901234567890,"exp":1e400,"zero":-0,"id":9007199254740993}',
    has: {
      big: '123456789012345678901234567890',
      exp: '1e400',
      zero: '-0',
      id: '9007199254740993',
    },
  },
  {
    what: 'NaN and Infinity, which are no JSON',
    text: '{"msg":Infinity,"a":NaN}',
    has: { _msg: '{"msg":Infinity,"a":NaN}' },
  },
  { what: 'an array', text: '[1,2,{"a":3}]', has: { _msg: '[1,2,{"a":3}]' } },
  { what: 'a number', text: '42', has: { _msg: '42' } },
  { what: 'a string', text: '"quoted"', has: { _msg: '"quoted"' } },
  { what: 'two objects on a line', text: '{"a":1}{"b":2}', has: { _msg: '{"a":1}{"b":2}' } },
  {
    what: 'names that are the server\u2019s',
    text: '{"msg":"names","_stream":"s","_stream_id":"i","_stream.x":"d"}',
    has: { _msg: 'names', _stream_extracted: 's', _stream_id_extracted: 'i' },
  },
  {
    what: 'names that are ours',
    text: '{"msg":"names","container_name":"c","job":"j","stream":"s","shipper.seq":99}',
    has: {
      _msg: 'names',
      container_name_extracted: 'c',
      job_extracted: 'j',
      stream_extracted: 's',
      stream: 'stdout',
      'shipper.seq_extracted': '99',
    },
  },
  ...[
    '{"msg":"twice","stream":"a","stream":"b"}',
    '{"msg":"twice","job":"a","job":"a"}',
    '{"msg":"twice","container_name":"a","container_name":"b","container_name":"c"}',
    '{"msg":"twice","stream":{"x":1},"stream.x":2,"stream":"b"}',
    '{"msg":"twice","job":"","job":"b"}',
    '{"msg":"twice","\\u006aob":"a","job":"b"}',
    '{"msg":"twice","job":["a"],"job":{"a":1},"job":null}',
  ].map((text) => ({
    what: `a stream field in the line: ${text}`,
    text,
    has: { _msg: 'twice', stream: 'stdout', job: 'test-e2e' },
  })),
  {
    what: 'repeated keys',
    text: '{"msg":"again","k":1,"k":2}',
    has: { _msg: 'again' },
    and: keeps('2'),
  },
  {
    what: 'repeated message, level and time',
    text: '{"msg":"one","msg":"two","_msg":"three","level":"warn","level":"info","_time":"x","_time":"y"}',
    and: (rows) => ['one', 'two', 'three'].every((value) => keeps(value)(rows)),
  },
  {
    what: 'dotted and nested twins',
    text: '{"msg":"twins","a.b":1,"a":{"b":2}}',
    has: { _msg: 'twins' },
    and: (rows) => keeps('1')(rows) && keeps('2')(rows),
  },
  { what: '300 levels of objects', text: nested('{"a":', '}', 300), has: { _msg: 'deep' } },
  { what: '300 levels of arrays', text: nested('[', ']', 300), has: { _msg: 'deep' } },
  { what: '50,000 levels of arrays', text: nested('[', ']', 50_000), and: hasAMessage },
  {
    what: 'empty values',
    text: '{"msg":"nothing","empty":"","none":null,"object":{},"list":[]}',
    has: { _msg: 'nothing' },
  },
];

/** With `user` and `a.b` as further stream fields. */
export const NASTY_STREAM_LINES: readonly NastyLine[] = [
  { what: 'a stream field from the line', text: '{"msg":"u","user":"ann"}', has: { user: 'ann' } },
  {
    what: 'a stream value of 64 KiB',
    text: JSON.stringify({ msg: 'u', user: 'u'.repeat(64 * KIB) }),
    has: { _msg: 'u', user: /^u{1000,1024}$/ },
    and: keeps('u'.repeat(64 * KIB)),
  },
  ...[
    '{"msg":"u","user":"a","user":"b"}',
    '{"msg":"u","user":"a","user":"a"}',
    '{"msg":"u","a.b":1,"a":{"b":2}}',
    '{"msg":"u","a":{"b":2},"a.b":1,"a":{"b":3}}',
    '{"msg":"u","user":"","user":"b"}',
    '{"msg":"u","user":{"x":1},"user.x":2}',
    '{"msg":"u","us\\u0065r":"a","user":"b"}',
  ].map((text) => ({ what: `twice: ${text}`, text, has: { _msg: 'u' } })),
  {
    what: '65 KiB of a stream field beside a text of 1 MiB',
    text: JSON.stringify({ msg: 'm'.repeat(KIB * KIB), user: 'u'.repeat(65 * KIB) }),
    rows: 5,
    has: { user: /^u{1000,1024}$/ },
    and: (rows) => joined(rows) === 'm'.repeat(KIB * KIB),
  },
];

/** With stream fields that are otherwise ours, or made by us of what the line says. */
export const NASTY_LINES_OF_OURS: readonly NastyLine[] = [
  '{"msg":"o","level":"warn","level":"info"}',
  '{"msg":"o","severity":"warn","level":"info","levelname":"error"}',
  '{"msg":"o","logger":"a","logger":"b","name":"c"}',
  '{"msg":"o","trace_id":"a","trace_id":"b","traceId":"c"}',
  '{"msg":"o","error":{"type":"a","type":"b"},"error.type":"c","err":{"type":"d"}}',
  '{"msg":"o","error":{"type":{"x":1},"type":"b"},"exception":{"type":"e"}}',
  '{"msg":"o","aws_request_id":"a","requestId":"b","aws_request_id":"c"}',
  '{"msg":"o","error.type":"","error":{"type":"b"}}',
].map((text) => ({ what: `ours twice: ${text}`, text, has: { _msg: 'o' } }));

/** The server puts a sentence of its own where there is no message. */
function hasAMessage([row]: readonly Row[]): boolean {
  return row?._msg !== undefined && row._msg !== '' && !row._msg.startsWith('missing _msg');
}
