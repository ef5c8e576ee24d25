/** Whatever is written, cut anywhere: what was captured and encoded is the text that was written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEncoder } from '../../packages/core/src/encode/encode.ts';
import { Capture } from '../../packages/stdout-hook/src/capture.ts';
import type { CapturedStream } from '../../packages/stdout-hook/src/captured-stream.ts';

/** Characters that mean something to somebody on the way, among ordinary ones of all sizes. */
const character = fc.oneof(
  fc.constantFrom(
    'a',
    ' ',
    '\t',
    '{',
    '}',
    '"',
    '\\',
    ':',
    '\u0000',
    '\u2028',
    '\ufeff',
    'é',
    '🐢',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
);
/** What a line assembler or a terminal takes out has tests of its own: returns and escape sequences. */
const TAKEN_OUT = ['\r', '\n', '\u001b'];
const line = fc
  .array(character, { maxLength: 60 })
  .map((parts) => parts.join('').toWellFormed())
  .filter(
    (text) =>
      text.trim() !== '' &&
      !TAKEN_OUT.some((taken) => text.includes(taken)) &&
      !/^\s+at \S.*[)>\d]$/.test(text) &&
      !isObject(text),
  );
/** Without those that may be the beginning of an object on several lines. */
const textLine = line.filter((text) => !text.startsWith('{'));
const cuts = fc.array(fc.nat(), { maxLength: 12 });

describe('any lines, cut anywhere', () => {
  it('as bytes', () => {
    fc.assert(
      fc.property(fc.array(line, { maxLength: 20 }), cuts, (lines, places) => {
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
        expect(messagesOf(cut(bytes, places))).toEqual(lines);
      }),
      { numRuns: 500 },
    );
  });

  it('as text', () => {
    fc.assert(
      fc.property(fc.array(textLine, { maxLength: 20 }), cuts, (lines, places) => {
        const text = lines.map((one) => `${one}\n`).join('');
        // Indented lines may be in one message with the line above them.
        const messages = messagesOf(cut(text, places));
        expect(messages.flatMap((message) => message.split('\n'))).toEqual(lines);
      }),
      { numRuns: 500 },
    );
  });

  it('in parts, by the console, as text to the stream or as bytes to the descriptor', () => {
    const part = fc.record({
      text: textLine,
      end: fc.constantFrom('', '\n'),
      by: fc.constantFrom('console', 'stream', 'descriptor'),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 20 }), (parts) => {
        const written = parts.map(({ text, end, by }) => ({
          text: by === 'console' ? `${text}\n` : text + end,
          by,
        }));
        const printed = written.map(({ text }) => text).join('');
        const messages = captured((capture) => {
          for (const { text, by } of written) {
            capture.call = by === 'console' ? { level: undefined, args: [] } : undefined;
            if (by !== 'descriptor') capture.take(capture.stdout, text);
            else capture.take(capture.streamOf(1) as CapturedStream, Buffer.from(text));
          }
        });
        expect(messages.flatMap((message) => message.split('\n'))).toEqual(linesIn(printed));
      }),
      { numRuns: 500 },
    );
  });

  it('as one console message, newlines included', () => {
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 20 }), (lines) => {
        const text = lines.join('\n');
        expect(messagesOf([`${text}\n`], true)).toEqual([text]);
      }),
      { numRuns: 500 },
    );
  });
});

it('any JSON object keeps its fields and exact values', () => {
  const name = fc.stringMatching(/^[a-z]{1,12}$/).map((text) => `field_${text}`);
  const literal = fc.oneof(
    fc.string({ unit: 'grapheme', minLength: 1 }).map((text) => JSON.stringify(text)),
    // Beyond what a double holds, too.
    fc.bigInt().map(String),
    fc.double({ noDefaultInfinity: true, noNaN: true }).map((number) => JSON.stringify(number)),
    fc.constantFrom('true', 'false', '1.10', '1e400', '"\\u00e9"'),
  );
  fc.assert(
    fc.property(
      fc.dictionary(name, literal, { minKeys: 1, maxKeys: 20 }),
      cuts,
      (object, places) => {
        const fields = Object.entries(object).map(
          ([key, value]) => `${JSON.stringify(key)}:${value}`,
        );
        const [record] = encode(cut(Buffer.from(`{${fields.join()}}\n`), places));
        for (const field of fields) expect(record).toContain(field);
      },
    ),
    { numRuns: 500 },
  );
});

/** What only looks like an object is text. */
function isObject(text: string): boolean {
  try {
    return text.trimStart().startsWith('{') && typeof JSON.parse(text) === 'object';
  } catch {
    return false;
  }
}

function cut<T extends { slice(start: number, end?: number): T; length: number }>(
  whole: T,
  places: readonly number[],
): T[] {
  const at = [0, ...places.map((place) => place % (whole.length + 1)), whole.length];
  at.sort((one, other) => one - other);
  return at.slice(1).map((end, index) => whole.slice(at[index] ?? 0, end));
}

function messagesOf(writes: readonly (string | Uint8Array)[], inConsole = false): string[] {
  return encode(writes, inConsole).map((record) => JSON.parse(record)._msg as string);
}

function linesIn(printed: string): string[] {
  const lines = printed.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

function captured(write: (capture: Capture) => void): string[] {
  return encodeAll(write).map((record) => JSON.parse(record)._msg as string);
}

function encode(writes: readonly (string | Uint8Array)[], inConsole = false): string[] {
  return encodeAll((capture) => {
    if (inConsole) capture.call = { level: undefined, args: [] };
    for (const write of writes) capture.take(capture.stdout, write);
  });
}

/** The way from the write to the encoded record, without the effects at its ends. */
function encodeAll(write: (capture: Capture) => void): string[] {
  const records: string[] = [];
  const encoder = createEncoder(
    {
      levelThreshold: 0,
      containerName: 'container',
      job: 'job',
      streamFields: ['container_name', 'job', 'stream'],
      extraFields: {},
      shipperId: 'id',
      maxFieldNames: 360,
    },
    { now: () => 1_750_000_000_000, context: () => undefined },
  );
  const capture = new Capture(
    { write: (input) => encoder(input, (record) => records.push(String(record))) },
    [],
  );
  write(capture);
  capture.finishLines();
  return records;
}
