import { describe, expect, it, vi } from 'vitest';
import { LineBytes } from '../../src/encode/line-bytes.ts';
import {
  addByTemplate,
  type LearnedTemplate,
  learnTemplate,
} from '../../src/encode/line-template.ts';
import { normalize } from '../../src/record/normalize.ts';
import { ourNames } from '../../src/record/our-names.ts';
import type { LogInput } from '../../src/record/record.ts';

const NOW = Date.UTC(2026, 10, 25);
const WINDOW = { nowMs: NOW, retentionMs: 7 * 86_400_000 };

function learn(json: string, input: Partial<LogInput> = {}): LearnedTemplate | undefined {
  const given = { ...input, text: json };
  const record = normalize(json, json, given, ourNames(['job']), WINDOW);
  return learnTemplate(json, given, record, ['tenant'], WINDOW, new LineBytes());
}

/** Another line of the template, encoded: each value takes the place of the one before. */
function encode(first: string, values: readonly string[]): Record<string, unknown> {
  const learned = learn(first);
  if (learned === undefined) throw new Error('It has no template.');
  const starts: number[] = [];
  const ends: number[] = [];
  let json = '';
  let copied = 0;
  for (const [at, { start, end }] of learned.slots.entries()) {
    json += first.slice(copied, start);
    starts.push(json.length);
    json += values[at];
    ends.push(json.length);
    copied = end;
  }
  json += first.slice(copied);
  const line = new LineBytes();
  line.begin({ microsecond: '2026-11-25T01:02:03.045006', nanoseconds: 7 });
  addByTemplate(line, learned.template, { text: json, bytes: Buffer.from(json), starts, ends });
  return JSON.parse(`${line}}`);
}

describe('learnTemplate', () => {
  it('counts the bytes of a line a few times only, however many values it has', () => {
    const json = `{"a":[${'1,'.repeat(10_000)}"\u00e9"],"msg":"m"}`;
    const counted = vi.spyOn(Buffer, 'byteLength');
    expect(learn(json)?.slots.length).toBe(10_002);
    const characters = counted.mock.calls.reduce((sum, [text]) => sum + String(text).length, 0);
    counted.mockRestore();
    expect(characters).toBeLessThan(2 * json.length);
  });

  it('finds the kind and the place of each value that can differ', () => {
    const json = `{"level":30,"time":${NOW},"a":"x","b":{"c":true},"d":["e",7,null,""],"msg":"m"}`;
    const { template, slots } = learn(json) as LearnedTemplate;
    const found = slots.map(({ kind, start, end }) => [kind, json.slice(start, end)]);
    expect(found).toEqual([
      ['number', `${NOW}`],
      ['string', 'x'],
      ['boolean', 'true'],
      ['string in a list', 'e'],
      ['number', '7'],
      ['string', 'm'],
    ]);
    expect(template).toMatchObject({ level: 2, message: 5 });
    expect(template.times).toEqual([
      ...[{ slot: 0, isQuoted: false, isReadable: true, isTaken: true }],
    ]);
  });

  it('reads the level from the message where neither line nor logger has one', () => {
    expect(learn('{"msg":"m"}')?.template.level).toBe(-1);
    expect(learn('{"msg":"m"}', { level: 'WARN' })?.template.level).toBe(3);
    expect(learn('{"a":1}')?.template).toMatchObject({ level: 2, message: -1 });
  });

  it('knows a time that is not one as a field that could become one', () => {
    expect(learn('{"time":"x","msg":"m"}')?.template.times).toEqual([
      ...[{ slot: 0, isQuoted: true, isReadable: false, isTaken: false }],
    ]);
  });

  it.each([
    ['two equal names', '{"a":1,"a":2,"msg":"m"}'],
    ['ids', '{"traceId":"0af7651916cd43dd","msg":"m"}'],
    ['an error', '{"err":{"message":"m"},"msg":"m"}'],
    ['a message that is a number', '{"msg":7}'],
    ['a stream field that the line fills', '{"tenant":"t","msg":"m"}'],
  ])('learns nothing from a line with %s', (_, json) => {
    expect(learn(json)).toBeUndefined();
  });

  it('learns nothing from a line with fields beside it', () => {
    expect(learn('{"msg":"m"}', { fields: { a: 1 } })).toBeUndefined();
  });
});

describe('addByTemplate', () => {
  it('puts the values of another line into the places of the template', () => {
    const first = `{"level":30,"time":${NOW},"a":"x","b":{"c":true},"d":["e",7],"msg":"m"}`;
    const values = [`${NOW + 1}`, 'y \\"z\\"', 'false', 'f', '-8e3', 'n'];
    expect(encode(first, values)).toEqual({
      ...{
        _time: '2026-11-25T01:02:03.045006007Z',
        _msg: 'n',
        a: 'y "z"',
        'b.c': false,
        d: ['f', -8000],
      },
    });
  });

  it('gives names of ours another name', () => {
    expect(encode('{"job":"a","msg":"m"}', ['b', 'n'])).toEqual({
      ...{ _time: '2026-11-25T01:02:03.045006007Z', _msg: 'n', job_extracted: 'b' },
    });
  });

  it('has the whole line as its message where it has none', () => {
    expect(encode('{"a":1}', ['2'])).toEqual({
      _time: '2026-11-25T01:02:03.045006007Z',
      _msg: '{"a":2}',
      a: 2,
    });
  });
});
