/** What becomes of winston's lines: by the transport in code all of the info, without code what was printed or written. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { otherPackages, startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);
let others: string;
beforeAll(async () => {
  others = await otherPackages();
});

function typeError(message: string, stack = `TypeError: ${message}`): Row {
  return { 'error.message': message, 'error.stack': stack, 'error.type': 'TypeError' };
}

/** Of each case of `winston-cases.cjs` the records: level, message, and the fields that are not the same for all. */
const EXPECTED: Readonly<Record<string, readonly (readonly [string, string, Row?])[]>> = {
  'levels of npm': [
    ['ERROR', 'error'],
    ['WARN', 'warn'],
    ['INFO', 'info'],
    ['DEBUG', 'http', { level_extracted: 'http' }],
    ['DEBUG', 'verbose', { level_extracted: 'verbose' }],
    ['DEBUG', 'debug'],
    ['TRACE', 'silly', { level_extracted: 'silly' }],
  ],
  'levels of syslog': [
    ['FATAL', 'emerg', { level_extracted: 'emerg' }],
    ['FATAL', 'alert', { level_extracted: 'alert' }],
    ['FATAL', 'crit'],
    ['ERROR', 'error'],
    ['WARN', 'warning'],
    ['INFO', 'notice', { level_extracted: 'notice' }],
    ['INFO', 'info'],
    ['DEBUG', 'debug'],
  ],
  'levels of the command line': [
    ['ERROR', '   error'],
    ['WARN', '    warn'],
    ['INFO', '    help', { level_extracted: 'help' }],
    ['INFO', '    data', { level_extracted: 'data' }],
    ['INFO', '    info'],
    ['DEBUG', '   debug'],
    ['DEBUG', '  prompt', { level_extracted: 'prompt' }],
    ['DEBUG', ' verbose', { level_extracted: 'verbose' }],
    ['TRACE', '   input', { level_extracted: 'input' }],
    ['TRACE', '   silly', { level_extracted: 'silly' }],
  ],
  'levels of its own': [
    ['FATAL', 'fatal'],
    ['INFO', 'audit', { level_extracted: 'audit' }],
    ['INFO', 'info'],
    ['INFO', 'chatter', { level_extracted: 'chatter' }],
  ],
  'formats for people': [
    ['WARN', 'two\nlines', { a: '1' }],
    ['WARN', 'two\nlines', { a: '1' }],
    ['WARN', 'two\nlines', { a: '1' }],
    ['WARN', 'two\nlines', { a: '1' }],
    ['WARN', 'two\nlines', { '@fields.a': '1', '@fields.level': 'warn' }],
  ],
  'formats with fields': [
    ['INFO', 'label', { label: 'shop' }],
    ['INFO', 'ms', { ms: '+0ms' }],
    ['INFO', 'metadata', { 'metadata.a': '1' }],
    ['INFO', 'but b', { b: '2', 'metadata.a': '1' }],
    ['INFO', 'uncolorized'],
  ],
  'a format that makes no text': [['INFO', 'no text', { a: '1', label: 'shop' }]],
  times: [
    ['INFO', 'a minute ago'],
    ['INFO', 'a date', { timestamp: 'then' }],
    ['INFO', 'alias', { when: 'then' }],
  ],
  'a format that keeps a line back': [['INFO', 'let through']],
  'a format that takes secrets out': [
    ['INFO', 'a ***'],
    ['ERROR', 'failed: ***', typeError('***')],
    ['INFO', "the transport's ***"],
  ],
  'a format that keeps a field out of the text alone': [['INFO', 'short', { a: '1' }]],
  'a format that freezes': [['INFO', 'frozen', { 'a.b': '1' }]],
  interpolation: [
    ['INFO', 'text and 7%', { a: '1' }],
    ['INFO', 'two metas', { a: '1', b: '2' }],
    ['INFO', 'of an object', { a: '1' }],
  ],
  values: [
    ['INFO', 'meta', { a: '1', big: '12345678901234567890', 'nested.b': '[1,2]' }],
    ['INFO', 'an object', { a: '1' }],
    ['INFO', '{"message":{"a":1}}', { 'message.a': '1' }],
    ['INFO', '42'],
    ['INFO', ' '],
    ['INFO', '  blanks  '],
    ['INFO', 'the same object twice'],
    ['INFO', 'the same object twice'],
  ],
  'names of ours': [
    [
      'INFO',
      'ours',
      {
        _msg_extracted: 'theirs',
        job_extracted: 'theirs',
        logger: 'audit',
        stream_extracted: 'theirs',
        trace_id: 'abc',
      },
    ],
  ],
  'metadata of loggers': [
    ['INFO', 'default', { service: 'shop' }],
    ['INFO', 'child', { a: '1', part: 'cart', service: 'shop' }],
    ['WARN', 'child of a child', { more: 'true', part: 'cart', service: 'shop' }],
  ],
  errors: [
    ['ERROR', 'alone', typeError('alone')],
    ['ERROR', 'behind: text', typeError('text')],
    ['ERROR', 'as message', typeError('as message')],
    ['ERROR', 'in meta', { ...typeError('its'), order: '7' }],
    ['ERROR', 'code', { ...typeError('code'), code: 'ECODE', 'detail.a': '1' }],
    [
      'ERROR',
      'outer',
      {
        ...typeError('outer'),
        ...{ 'cause.message': 'inner', 'cause.type': 'TypeError' },
        'cause.stack': 'TypeError: inner',
      },
    ],
    ['ERROR', 'colored', typeError('colored')],
    [
      'ERROR',
      'stashed',
      {
        '@fields.level': 'error',
        'error.stack': 'TypeError: stashed',
        'error.type': 'TypeError',
      },
    ],
  ],
  'errors without their format': [
    ['ERROR', 'alone', typeError('alone')],
    ['ERROR', 'behind: text', typeError('text')],
    ['ERROR', 'as message', typeError('as message')],
    ['ERROR', 'in meta', typeError('its')],
    ['ERROR', 'outer', typeError('outer', 'TypeError: outer | Caused by: TypeError: inner')],
    [
      'ERROR',
      'several',
      {
        'error.message': 'several',
        'error.stack': 'AggregateError: several | Error 1 of 1: TypeError: one',
        'error.type': 'AggregateError',
      },
    ],
  ],
  'what is let through': [
    ['DEBUG', 'level changed'],
    ['ERROR', 'loud again'],
    ['DEBUG', "the transport's level"],
  ],
  timers: [
    ['INFO', 'timer', { durationMs: '0' }],
    ['INFO', 'profile', { durationMs: '0' }],
  ],
};

const ALL = Object.values(EXPECTED).flat();

const IN_CODE = { way: 'the transport in code', args: ['winston.cjs', 'code'], preload: false };
const CONSOLE = { way: 'the Console', args: ['winston.cjs', 'console'], preload: true };
const MODULE = { way: 'the Console of a module', args: ['winston.mjs'], preload: true };
const FILE = { way: 'a file', args: ['winston.cjs', 'file'], preload: true };

it.each(['winston', 'winston-3.2'])(
  '%s in code: every line is a record with its fields',
  async (name) => {
    const startedAt = Date.now();
    const env = { WINSTON: `${others}/${name}` };
    const { run, rows } = await loggers.run({ ...IN_CODE, expected: ALL.length, env });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    // The oldest has no space between a message and the message of an error.
    const expected = ALL.map(complete).map(([level, message, fields]) => [
      level,
      name === 'winston' ? message : message.replace(/^(failed|behind): /, '$1:'),
      fields,
    ]);
    expect(rows.map(brief)).toEqual(expected);
    const past = rows.find((row) => row._msg === 'a minute ago');
    const minutes = (startedAt - Date.parse(past?._time ?? '')) / 60_000;
    expect(Math.abs(minutes - 1)).toBeLessThan(0.9);
  },
);

describe.each(['winston', 'winston-3.2'])('%s without code', (name) => {
  const ways = name === 'winston' ? [CONSOLE, FILE, MODULE] : [CONSOLE, FILE];
  it.each(ways)('$way: every line is a record as it stands there', async (way) => {
    const env = { WINSTON: `${others}/${name}` };
    const { run, rows } = await loggers.run({ ...way, expected: ALL.length, env });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(rows.map(({ level }) => level)).toEqual(ALL.map(([level]) => level));
    expect(new Set(rows.map(({ logger }) => logger))).toEqual(new Set(['winston', 'audit']));
    const file = join(loggers.folder, String(rows[0]?.job));
    const printed = way === FILE ? await readFile(file, 'utf8') : run.stdout;
    let rest = stripVTControlCharacters(printed);
    for (const { _msg = '' } of rows) {
      const found = [_msg, JSON.stringify(_msg).slice(1, -1)].map((text) => rest.indexOf(text));
      const at = Math.min(...found.filter((place) => place >= 0));
      expect([_msg, at]).not.toEqual([_msg, Number.POSITIVE_INFINITY]);
      // Loggers that share a file do not take turns.
      if (way !== FILE) rest = rest.slice(at);
    }
    expect(JSON.stringify(rows)).not.toContain('secret');
  });
});

/** What is the same for all, and what differs from run to run. */
const LEFT_OUT = new Set([
  ...['_time', '_stream', '_stream_id', 'container_name', 'job', 'stream'],
  ...['shipper.id', 'shipper.seq'],
]);

function brief(row: Row): readonly [string, string, Row] {
  const { _msg = '', level = '', ...rest } = row;
  const fields = Object.entries(rest)
    .filter(([name, value]) => !LEFT_OUT.has(name) && `${name} ${value}` !== 'logger winston')
    .map(([name, value]) => [name, VARYING[name] ?? withoutFrames(value)]);
  return [level, _msg, Object.fromEntries(fields)];
}

/** Of a date, a time that has passed. */
const VARYING: Row = { when: 'then', timestamp: 'then', durationMs: '0' };

function withoutFrames(text: string): string {
  const isFrame = (line: string) => line.startsWith('    at ');
  const lines = text.split('\n');
  return lines.filter((line) => !isFrame(line)).join(' | ');
}

function complete([level, message, fields = {}]: readonly [string, string, Row?]): readonly [
  string,
  string,
  Row,
] {
  return [level, message, fields];
}
