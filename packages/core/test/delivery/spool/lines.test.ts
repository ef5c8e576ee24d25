import { describe, expect, it } from 'vitest';
import { readLines } from '../../../src/delivery/spool/lines.ts';
import type { Redaction } from '../../../src/record/redact.ts';
import { readRules } from '../../../src/settings/redaction.ts';

const NOW = Date.UTC(2026, 10, 25);
const TIME = '2026-11-24T23:00:00.000000000Z';
const line = (rest: string) => `{"_time":"${TIME}","_msg":${rest}}`;

function read(text: string) {
  const window = { nowMs: NOW, retentionMs: 7 * 86_400_000, retimed: 0 };
  return { ...readLines(text, new Set(['job', 'a.b']), window), retimed: window.retimed };
}

describe('readLines', () => {
  it('reads complete lines in order', () => {
    const [first, second] = [line('"é"'), line('"b"')];
    const { lines, isTruncatedAtEnd } = read(`${first}\n${second}\n`);
    expect({ lines, isTruncatedAtEnd }).toEqual({
      lines: [`${first}\n`, `${second}\n`],
      isTruncatedAtEnd: false,
    });
  });

  it('redacts what was logged by the rules of this process, and nothing that we have added', () => {
    const window = { nowMs: NOW, retentionMs: 7 * 86_400_000, retimed: 0 };
    const end = `,"level":"INFO","stream":"stdout","container_name":"4711","shipper.seq":1}`;
    const logged = (message: string, value: string) =>
      `{"_time":"${TIME}","_msg":${message},"a":{"password":${value},"level":"low"}${end}\n`;
    const text = logged('"password=hunter2 4711, \\",\\"level\\":\\""', '"hunter2"');
    const rules = readRules('password,/\\d{4}/') as Redaction;
    expect(readLines(text, new Set(), window, rules).lines).toEqual([
      logged('"password=*** ***, \\",\\"level\\":\\""', '"***"'),
    ]);
    const older = readLines(`${line('"4711"')}\n`, new Set(), window, rules);
    expect(older.lines).toEqual([`${line('"***"')}\n`]);
  });

  it.each([
    ['has a time only', `{"_time":"${TIME}"}`],
    ['has a level in an object only', line('"b","a":{"b":1,"level":"INFO"}')],
    ['has a comma in its time', '{"_time":"1,2","_msg":"b"}'],
  ])('leaves out a line that cannot be redacted since it %s', (_, text) => {
    const window = { nowMs: NOW, retentionMs: 7 * 86_400_000, retimed: 0 };
    const rules = readRules('password') as Redaction;
    expect(readLines(`${text}\n`, new Set(), window, rules).lines).toEqual([undefined]);
  });

  it('reads nothing in an empty file', () => {
    expect(read('')).toMatchObject({ lines: [], isTruncatedAtEnd: false });
  });

  it.each([line('"b"'), line('"b"').slice(0, -3)])(
    'leaves out the last line %j without its newline',
    (last) => {
      const { lines, isTruncatedAtEnd } = read(`${line('"a"')}\n${last}`);
      expect([lines.length, isTruncatedAtEnd]).toEqual([1, true]);
    },
  );

  it.each([
    ['is not JSON', line('"b"').slice(0, -1)],
    ['lacks its beginning', line('"b"').slice(2)],
    ['is none of ours', '{"_msg":"b"}'],
    ['is empty', ''],
    ['has two lines in it', line('"b"') + line('"c"')],
    // The server crashes at these.
    ['has a stream field twice', line('"b","job":"x","job":"x"')],
    ['has a stream field twice, once nested', line('"b","a.b":1,"a":{"b":2}')],
    ['is longer than any of ours', line(`"${'x'.repeat(2 ** 18)}"`)],
  ])('gives undefined for a line that %s, and the lines around it', (_, bad) => {
    const [before, after] = [line('"a"'), line('"c"')];
    expect(read(`${before}\n${bad}\n${after}\n`).lines).toEqual([
      `${before}\n`,
      undefined,
      `${after}\n`,
    ]);
  });

  it('keeps a repeated field that is no stream field', () => {
    const twice = line('"a","b":1,"b":2,"job":"x"');
    expect(read(`${twice}\n`).lines).toEqual([`${twice}\n`]);
  });

  it('gives lines that are too old for the server a new time, each another', () => {
    const old = '{"_time":"2020-01-01T00:00:00Z","_msg":"a"}';
    const { lines, retimed } = read(`${old}\n${old}\n`);
    const times = lines.map((text) => JSON.parse(text ?? '')._time);
    expect(times[0]).toMatch(/^2026-11-25T00:00:00/);
    expect([new Set(times).size, retimed]).toEqual([2, 2]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ _time_extracted: '2020-01-01T00:00:00Z' });
  });
});
