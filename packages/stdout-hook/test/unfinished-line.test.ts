import { stripEscapes } from '@direct-logging/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_UNFINISHED_CHARS } from '../src/frames.ts';
import { LineAssembler } from '../src/lines.ts';

function assemble(writes: readonly (string | Uint8Array)[]): string[] {
  const assembler = new LineAssembler();
  const lines = writes.flatMap((write) =>
    typeof write === 'string' ? assembler.addText(write) : assembler.addBytes(write),
  );
  return [...lines, ...assembler.end()];
}

function cut<T extends { slice(start: number, end?: number): T; length: number }>(
  whole: T,
  cuts: readonly number[],
): T[] {
  const places = [0, ...cuts.map((cut) => cut % (whole.length + 1)), whole.length].sort(
    (a, b) => a - b,
  );
  return places.slice(1).map((end, index) => whole.slice(places[index] ?? 0, end));
}

/** None that begins with a whole frame of a stack: if the write ends there, that does not wait for its newline. */
const lineText = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('a', ' ', '  at x', '{', '"', '\t', 'é', '😀', '\u2028'),
      fc.string({ unit: 'grapheme', maxLength: 1 }),
    ),
  })
  .map((text) => text.replaceAll(/\p{Cc}/gu, '.').replace(/^\s+at .*[)>\d]/s, '. '));

describe('lines of a stream', () => {
  it('come out as they went in, wherever the text is cut', () => {
    fc.assert(
      fc.property(
        fc.array(lineText),
        fc.array(fc.nat()),
        fc.constantFrom('\n', '\r\n'),
        (lines, cuts, newline) => {
          const text = lines.map((line) => line + newline).join('');
          // A message may be several of them.
          const messages = assemble(cut(text, cuts));
          expect(messages.flatMap((message) => message.split('\n'))).toEqual(lines);
        },
      ),
    );
  });

  it('come out as they went in, wherever the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(lineText), fc.array(fc.nat()), (lines, cuts) => {
        const bytes = new Uint8Array(Buffer.from(lines.map((line) => `${line}\n`).join('')));
        expect(assemble(cut(bytes, cuts))).toEqual(
          lines.map((line) => Buffer.from(line).toString()),
        );
      }),
    );
  });

  it('are passed on by the write that finishes them', () => {
    const assembler = new LineAssembler();
    expect(assembler.addText('one\ntw')).toEqual(['one']);
    expect(assembler.addBytes(Buffer.from('o\n'))).toEqual(['two']);
  });

  it('keep the last state of a progress bar, and a return inside a write', () => {
    expect(assemble(['1%\r', '2%\r', '3%\n'])).toEqual(['3%']);
    expect(assemble(['\r1%', '\r2%', '\n', '\r\r\n'])).toEqual(['2%', '']);
    expect(assemble(['\x1b[1G', '1%', '\x1b[0K', '\x1b[1G2%', '\n'])).toEqual(['2%']);
    expect(assemble(['\x1b[2K\rReturn 100%\n'])).toEqual(['Return 100%']);
    // Jest, on a terminal, in front of what a test prints.
    expect(assemble(['\r\x1b[K\r\x1b[1A\r\x1b[K\r\x1b[1Aa\n'])).toEqual(['a']);
    expect(assemble(['a\rb\n'])).toEqual(['a\rb']);
    expect(assemble(['1%\r', '\r\n'])).toEqual(['1%\r']);
    expect(assemble(['a', '\r', '\n', 'b\r', '\nc'])).toEqual(['a', 'b', 'c']);
    expect(assemble(['x'.repeat(2000), '\ry\n'])).toEqual([`${'x'.repeat(2000)}\ry`]);
  });

  /** What `readline.cursorTo(stream, 0)`, `clearLine(stream, 0)` and `clearLine(stream, 1)` write. */
  const [start, clear, clearRest] = ['\x1b[1G', '\x1b[2K', '\x1b[0K'];
  const bars: [string, string[], string][] = [
    ['cursorTo, write', [start, '1%', start, '2%', start, '3%', '\n'], '3%'],
    ['cursorTo, clearLine to the right, write', ['1%', start, clearRest, '2%', '\n'], '2%'],
    ['clearLine, cursorTo, write', ['1%', clear, start, '2%', '\n'], '2%'],
    ['clearLine, cursorTo at the end', ['1%', clear, start, '\n'], ''],
    ['cursorTo at the end', ['1%', start, '\n'], '1%'],
    ['showing the cursor at the end', ['\x1b[?25l', '1%', start, '\x1b[?25h', '\n'], '1%'],
    [
      'clearing the rest of the line behind the text',
      ['\r1%', clearRest, '\r2%', clearRest, '\n'],
      '2%',
    ],
  ];
  it.each(bars)('keep the last state of a progress bar made with %s', (_, writes, last) => {
    expect(assemble([...writes, 'next\n']).map(stripEscapes)).toEqual([last, 'next']);
  });

  it('have the indented lines below them in the same write with them', () => {
    const entry = '[12:00] INFO: done\n    req: {\n      "id": 1\n    }\n\ttab';
    expect(assemble([`${entry}\nnext\n${entry}\n`])).toEqual([entry, 'next', entry]);
    const object = "{\n  level: 'info',\n  list: [\n    1\n  ]\n}";
    expect(assemble([`${object}\n[\n  1\n];\n}\n`])).toEqual([object, '[\n  1\n];\n}']);
    // Nothing above them to belong to.
    expect(assemble(['  a\n  b\n'])).toEqual(['  a', '  b']);
    expect(assemble(['a\n\n  b\n  c\n'])).toEqual(['a', '', '  b', '  c']);
    expect(assemble(['a\n}\n'])).toEqual(['a', '}']);
    // Levels in a column.
    const column = ['DEBUG a', ' INFO b', ' [WARN] c', ' INFO: d', ' WARNING e', 'ERROR f'];
    expect(assemble([`${column.join('\n')}\n`])).toEqual(column);
    const levels = '{\n  ERROR: 4,\n  FATAL: 5\n}';
    expect(assemble([`${levels}\n`])).toEqual([levels]);
  });

  it('have none with them of a write that is a part of something: of bytes, or unfinished', () => {
    expect(assemble([Buffer.from('a\n  b\n')])).toEqual(['a', '  b']);
    expect(assemble(['a\n  b\n  c', '\n'])).toEqual(['a', '  b', '  c']);
    expect(assemble(['a', '\n  b\n'])).toEqual(['a', '  b']);
  });

  it('have the stack frames of the same write with them', () => {
    expect(assemble(['Error: x\n    at a\n    at b\nnext\n'])).toEqual([
      'Error: x\n    at a\n    at b',
      'next',
    ]);
    expect(assemble(['Error: x\n    at a.js:1:2', '\nnext\n'])).toEqual([
      'Error: x\n    at a.js:1:2',
      'next',
    ]);
    expect(assemble(['Trace: x\n    at f (a.js:1:2)\n'])).toHaveLength(1);
    expect(assemble(['one\nlook at a\n'])).toEqual(['one', 'look at a']);
    const spaced = ' ERROR  x\n\n    at a.js:1:2\n    at b.js:1:2';
    expect(assemble([`\n${spaced}\n\n`])).toEqual(['', spaced, '']);
    expect(assemble(['\n    at a.js:1:2\n'])).toEqual(['\n    at a.js:1:2']);
  });

  it('have the lines of the same write with them that are indented behind a color', () => {
    // As Node shows its own frames.
    const frames = '    at a.js:1:2\n\x1b[90m    at node:b:3:4\x1b[39m';
    const stack = `Error: x\n${frames} {\n  [cause]: Error: y\n  ${frames}\n}`;
    expect(assemble([`${stack}\nnext\n`])).toEqual([stack, 'next']);
    const grey = '\x1b[90mError: x\n    at a\n    at b.js:1:2\x1b[39m';
    expect(assemble([Buffer.from(`${grey}\nnext\n`)])).toEqual([grey, 'next']);
    expect(assemble(['\x1b[90m  a\n  b\n'])).toHaveLength(2);
  });

  it('have the causes below their frames with them', () => {
    const cause = 'Caused by: b.Exception: y\n\tat c.d(E.java:1) ~[e.jar]\n\t... 2 more';
    const stack = `a.Exception: x\n\tat b.c(D.java:1)\n\tSuppressed: e.Exception: z\n\t\tat f\n${cause}`;
    expect(assemble([`${stack}\nnext\n`])).toEqual([stack, 'next']);
    expect(assemble(['a.Exception: x\nCaused by: y\n'])).toHaveLength(2);
    expect(assemble(['one\nCaused by: y\n... 2 more\n'])).toHaveLength(3);
    // Both forms of consola.
    const close = '[error] x\n  at a.js:1:2\n\n  [cause]: y\n    at b.js:1:2\n\n    [cause]: z';
    const wide = ' ERROR  x\n\n    at a.js:1:2\n\n  [cause]: y\n\n      at b.js:1:2';
    expect(assemble([`${close}\n\n`, `\n${wide}\n\n`])).toEqual([close, '', '', wide, '']);
    expect(assemble(['one\n\n  [cause]: y\n'])).toHaveLength(3);
  });

  it('that only look like a frame are lines of their own, and never cut', () => {
    expect(assemble([Buffer.from('opens\n  at nine\n')])).toEqual(['opens', '  at nine']);
    expect(assemble(['opens\n  at ni', 'ne\n'])).toEqual(['opens', '  at nine']);
    const cutInFrame = ['Error: x\n    at a.js:1:2\n    at f (b.', 'js:1:2)\n'];
    expect(assemble(cutInFrame)).toEqual(['Error: x\n    at a.js:1:2', '    at f (b.js:1:2)']);
  });

  // With a look at the whole message for each frame this would take minutes.
  it('stay together in the time that their length takes, however many they are', () => {
    const text = `${'a'.repeat(300_000)}Error: deep${'\n  at x'.repeat(200_000)}`;
    expect(assemble([`${text}\n`])).toEqual([text]);
  });

  it('stay together in one write when they are many and short', () => {
    const lines = (count: number, line: string) => Array.from({ length: count }, () => line);
    const short = lines(500_000, 'a');
    const text = `${short.join('\n')}\n`;
    for (const written of [text, Buffer.from(text)]) {
      const taken = assemble([written]);
      expect(taken).toHaveLength(10_001);
      expect(taken.join('\n')).toBe(short.join('\n'));
    }
    for (const all of [lines(10_000, 'a'), lines(100_000, 'a line that is not so short')]) {
      expect(assemble([`${all.join('\n')}\n`])).toEqual(all);
    }
  });

  it('of others are lines of their own, beside many short ones of a stranger', () => {
    const stranger = `${'\n'.repeat(40_000)}DEBUG`;
    const others = ['ERROR: a payment has failed', '{"level":"error","msg":"a"}'];
    const all = [stranger, ...others, stranger, ...others].join('\n');
    expect(assemble([`${all}\n`]).filter((line) => others.includes(line))).toHaveLength(4);
    // A chunk of a pipe has short lines of everybody, too.
    const chunk = [stranger, ...others, 'ERROR: boom'].join('\n');
    for (const piped of [`${chunk}\n`, Buffer.from(`${chunk}\n`)]) {
      expect(assemble([piped])).toEqual(chunk.split('\n'));
    }
  });

  it('are passed on unfinished when they grow too long', () => {
    const half = 'x'.repeat(MAX_UNFINISHED_CHARS / 2);
    expect(assemble([half, half, 'y', 'rest\n'])).toEqual([`${half}${half}y`, 'rest']);
  });

  it.each(['\n', '\r\n', '\nnext\n'])(
    'end once, also those that were passed on before: %j',
    (end) => {
      const long = 'x'.repeat(MAX_UNFINISHED_CHARS + 1);
      const next = end.includes('next') ? ['next'] : [];
      expect(assemble([long, end])).toEqual([long, ...next]);
      expect(assemble([`a\n${long}`, end, '\n'])).toEqual(['a', long, ...next, '']);
      expect(assemble(['Error: x\n    at a.js:1:2', end])).toEqual([
        'Error: x\n    at a.js:1:2',
        ...next,
      ]);
      const exiting = new LineAssembler();
      expect([exiting.addText('> '), exiting.cut(), exiting.addText(end)]).toEqual([
        [],
        ['> '],
        next,
      ]);
    },
  );

  it('end with a message that begins a line of its own, or with one that is only the newline', () => {
    const assembler = new LineAssembler();
    expect([assembler.addText('> '), assembler.end(), assembler.finish('\n')]).toEqual([
      [],
      ['> '],
      '',
    ]);
    expect([assembler.addText('> '), assembler.cut(), assembler.finish('\n')]).toEqual([
      [],
      ['> '],
      undefined,
    ]);
    expect(assembler.finish('\n')).toBe('');
  });

  it('may be empty', () => {
    expect(assemble(['\n\r\n', '', 'a\n'])).toEqual(['', '', 'a']);
    expect(assemble([''])).toEqual([]);
    // A line without an end, of which a terminal shows nothing.
    expect(assemble(['a\n', '\x1b[?25h'])).toEqual(['a']);
    expect(assemble(['\x1b[?25h', '\n'])).toEqual(['\x1b[?25h']);
  });
});

it('puts frames below empty lines in linear time', () => {
  const text = '\n    at made (up:1:1)\n'.repeat(100_000);
  // In the square of the length: minutes.
  expect(assemble([text]).join('\n')).toBe(text.slice(0, -1));
});

it('keeps the lines beside one with more returns than V8 can go back over', () => {
  const returns = '\r'.repeat(20_000_000);
  expect(assemble([`a\n${returns}b\nc\n`])).toEqual(['a', 'b', 'c']);
  expect(assemble([`a\n${'\u001b[K'.repeat(5_000_000)}b\nc\n`])).toEqual(['a', 'b', 'c']);
});
