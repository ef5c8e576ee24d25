import { describe, expect, it } from 'vitest';
import { Fields } from '../../src/record/fields.ts';
import { findKnownFields, kindOf, type Scope } from '../../src/record/known-fields.ts';
import { ourNames } from '../../src/record/our-names.ts';

const NOW = Date.UTC(2026, 10, 25);
const TIME = '"2026-11-24T23:00:00Z"';
const ALL = { message: true, time: true, level: true };

function find(entries: ReadonlyArray<readonly [string, string]>, scope: Partial<Scope> = {}) {
  const fields = new Fields(ourNames([]));
  for (const [name, value] of entries) fields.put(name, value);
  const window = { nowMs: NOW, retentionMs: 7 * 86_400_000 };
  const found = findKnownFields(fields, ourNames(['job']), {
    ...{ lineCount: entries.length, besideText: ALL, window },
    ...scope,
  });
  const nameAt = (at: number) => fields.names[at];
  const { messageAt, timeAt, levelAt } = found;
  return {
    ...{ message: nameAt(messageAt), time: nameAt(timeAt), level: nameAt(levelAt) },
    found,
  };
}

describe('the message', () => {
  it.each<[string, ReadonlyArray<readonly [string, string]>, string | undefined]>([
    [
      'is the one with the better name',
      [
        ['msg', '"a"'],
        ['message', '"b"'],
      ],
      'message',
    ],
    [
      'is `msg` beside the levels of pino and bunyan, which are numbers',
      [
        ['level', '30'],
        ['message', '"a"'],
        ['msg', '"b"'],
      ],
      'msg',
    ],
    [
      'is rather a string',
      [
        ['message', '{}'],
        ['msg', '"b"'],
      ],
      'msg',
    ],
    ['can be a number', [['msg', '42']], 'msg'],
    [
      'is a body in OpenTelemetry',
      [
        ['body', '"b"'],
        ['severityNumber', '9'],
      ],
      'body',
    ],
    ['is no body elsewhere', [['body', '"b"']], undefined],
    ['has its exact name', [['Message', '"b"']], undefined],
  ])('%s', (_, entries, name) => {
    expect(find(entries).message).toBe(name);
  });
});

describe('the time', () => {
  it.each<[string, ReadonlyArray<readonly [string, string]>, string | undefined]>([
    [
      'is the first that is valid',
      [
        ['time', '35'],
        ['timestamp', TIME],
      ],
      'timestamp',
    ],
    [
      'has the better name',
      [
        ['timestamp', TIME],
        ['time', TIME],
      ],
      'time',
    ],
    ['is one that the server takes', [['time', '"2020-01-01T00:00:00Z"']], undefined],
  ])('%s', (_, entries, name) => {
    expect(find(entries).time).toBe(name);
  });
});

describe('the level', () => {
  it.each<[string, ReadonlyArray<readonly [string, string]>, string | undefined, number?]>([
    [
      'is the first, whatever it is called',
      [
        ['severity', '"error"'],
        ['level', '"trace"'],
      ],
      'severity',
      4,
    ],
    [
      'is the first that is one',
      [
        ['severity', '"high"'],
        ['level', '"warn"'],
      ],
      'level',
      3,
    ],
    [
      'is one that is known',
      [
        ['level', '"purple"'],
        ['lvl', '"warn"'],
      ],
      'lvl',
      3,
    ],
    [
      'is rather a word than a severity number',
      [
        ['severityNumber', '17'],
        ['lvl', '20'],
      ],
      'lvl',
      1,
    ],
    [
      'is a severity number by the scale of OpenTelemetry',
      [['severityNumber', '17']],
      'severityNumber',
      4,
    ],
    ['is a number of pino', [['level', '50']], 'level', 4],
    [
      'is a name beside a number in steps of a hundred',
      [
        ['level', '300'],
        ['level_name', '"info"'],
      ],
      'level_name',
      2,
    ],
    [
      'is nothing that a stranger may have sent behind such a number',
      [
        ['level', '300'],
        ['severity', '"debug"'],
      ],
      undefined,
    ],
    [
      'is the name right behind a digit, which adze counts otherwise than syslog',
      [
        ['level', '1'],
        ['levelName', '"info"'],
      ],
      'levelName',
      2,
    ],
    [
      'is a number that means something before a name that a stranger may have sent',
      [
        ['level', '50'],
        ['levelName', '"trace"'],
      ],
      'level',
      4,
    ],
    [
      'is a digit before a name that is not right behind it',
      [
        ['level', '3'],
        ['msg', '"x"'],
        ['levelName', '"trace"'],
      ],
      'level',
      4,
    ],
    [
      "is in log4js' object",
      [
        ['level.level', '40000'],
        ['level.levelStr', '"ERROR"'],
      ],
      'level.levelStr',
      4,
    ],
    [
      "is in tslog's object",
      [
        ['_meta.logLevelId', '4'],
        ['_meta.logLevelName', '"WARN"'],
      ],
      '_meta.logLevelName',
      3,
    ],
    [
      "is consola's number",
      [
        ['args', '["x"]'],
        ['type', '"warn"'],
        ['level', '1'],
      ],
      'level',
      3,
    ],
    [
      "is the number before what a stranger may have sent to look like consola's",
      [
        ['level', '3'],
        ['type', '"debug"'],
        ['args', '[]'],
      ],
      'level',
      4,
    ],
    ['is no boolean', [['level', 'true']], undefined],
    ['is no list', [['level', '["error"]']], undefined],
  ])('%s', (_, entries, name, level) => {
    const { level: at, found } = find(entries);
    expect([at, found.level?.level]).toEqual([name, level]);
  });
});

describe('fields beside the text', () => {
  const entries = [
    ['msg', '"a"'],
    ['time', TIME],
    ['level', '"warn"'],
  ] as const;

  it('count when the text has none of the kind', () => {
    expect(find(entries, { lineCount: 0 })).toMatchObject({
      ...{ message: 'msg', time: 'time', level: 'level' },
    });
  });

  it('come after all fields of the line', () => {
    const own = [
      ['_msg', '1'],
      ['timeUnixNano', TIME],
      ['severityNumber', '9'],
    ] as const;
    expect(find([...own, ...entries], { lineCount: 3 })).toMatchObject({
      ...{ message: '_msg', time: 'timeUnixNano', level: 'severityNumber' },
    });
  });

  it('do not count where something else decides', () => {
    const besideText = { message: false, time: false, level: false };
    const { message, time, level } = find(entries, { lineCount: 0, besideText });
    expect([message, time, level]).toEqual([undefined, undefined, undefined]);
  });
});

it('notes ids, errors and the places of our names', () => {
  const { found } = find([
    ['a', '1'],
    ['job', '"j"'],
    ['spanId', '"1"'],
    ['shipper.x', '1'],
  ]);
  expect(found).toMatchObject({ hasIds: true, hasErrors: false, ours: [1, 3] });
  expect(find([['err.stack', '"s"']]).found).toMatchObject({ hasIds: false, hasErrors: true });
});

it.each([
  ['msg', 'message'],
  ['@timestamp', 'time'],
  ['log.level', 'level'],
  ['severity_number', 'level'],
  ['trace.id', 'id'],
  ['exception.type', 'error'],
  // Lines that differ in the value of such a field share a template.
  ['type', undefined],
])('%s means %s', (name, kind) => {
  expect(kindOf(name)).toBe(kind);
});
