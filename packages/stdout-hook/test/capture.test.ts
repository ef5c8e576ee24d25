import { format, inspect } from 'node:util';
import { isOwnWarning, warn } from '@direct-logging/core';
import { describe, expect, it, vi } from 'vitest';
import { Capture, printedInput } from '../src/capture.ts';
import { fatalInput } from '../src/fatal.ts';
import { expectSameOutput, type RunOptions, runFixture, texts } from './run-fixture.ts';

describe('the capture', () => {
  it.each<[string, RunOptions?]>([
    ['interleaved.mjs', { output: 'pipe' }],
    ['raw.mjs', { env: { TARGET_THROWS: '1' } }],
    ['warnings.mjs'],
    ['patched-classes.mjs', { output: 'file' }],
    ['patched-classes.mjs', { output: 'pipe' }],
  ])('prints what it prints without direct-logging: %s %o', expectSameOutput);

  it.each(['file', 'pipe'] as const)(
    'joins parts of lines, whoever writes them into a %s',
    (output) => {
      const { records } = runFixture('interleaved.mjs', { output });
      expect(texts(records)).toEqual([
        'dangling fd write',
        'rest',
        'descriptor, console',
        'é',
        '3%',
        'entry\n  name: value',
        'x'.repeat(300_000),
        '> ',
      ]);
    },
  );

  it('takes warnings that Node prints, but not ours', () => {
    const { records } = runFixture('warnings.mjs');
    expect(records.every(({ level, stream }) => level === 'WARN' && stream === 'stderr')).toBe(
      true,
    );
    expect(texts(records).map((text) => text.replace(/^\(node:\d+\) /, ''))).toEqual([
      '[APP1] Warning: careful\nin detail\n(Use `node --trace-warnings ...` to show where the warning was created)',
      '[DEP_APP] DeprecationWarning: old',
      'DirectLoggingWarning: not ours\nand more',
      'Warning: again',
    ]);
    const without = runFixture('warnings.mjs', { nodeOptions: ['--no-warnings'] });
    expect(without.records).toHaveLength(1);
  });

  it('takes what is printed with NODE_DEBUG, but not what shipping a line would make Node print again', () => {
    const without = runFixture('debugs.mjs');
    const ofOthers = [
      'TIMER 1: of another process',
      expect.stringMatching(/^TIMER \d+: on stdout$/),
      expect.stringMatching(/^TIMER \d+: by the console$/),
    ];
    expect(texts(without.records)).toEqual(ofOthers);
    const { stderr, records } = runFixture('debugs.mjs', { env: { NODE_DEBUG: 'timer,own' } });
    expect(stderr).toMatch(/^TIMER \d+: no 1 list was found in insert/m);
    const own = expect.stringMatching(/^OWN \d+: of the program$/);
    expect(texts(records)).toEqual([own, ...ofOthers]);
  });

  it('goes on if the target throws', () => {
    const expected = texts(runFixture('raw.mjs').records);
    expect(texts(runFixture('raw.mjs', { env: { TARGET_THROWS: '1' } }).records)).toEqual(expected);
  });

  it('takes what is printed while a message is passed on, and comes to an end', () => {
    const expected = texts(runFixture('raw.mjs').records);
    const { records } = runFixture('raw.mjs', { env: { TARGET_PRINTS: '1' } });
    const isNested = (text: string) => text === 'printed by the target';
    expect(texts(records).filter((text) => !isNested(text))).toEqual(expected);
    expect(texts(records).filter(isNested).length).toBeGreaterThanOrEqual(expected.length);
  });

  it('takes no warning of ours that Node prints while a message is passed on', () => {
    vi.spyOn(process, 'emitWarning').mockReturnValue();
    const shipped: unknown[] = [];
    const capture = new Capture(
      {
        write({ text, level }) {
          if (shipped.push([text, level]) > 1) return;
          warn('DL_CLOCK', 'ours');
          for (const line of ['[DL_CLOCK] DirectLoggingWarning: ours', 'Warning: theirs']) {
            capture.enter(capture.stderr);
            capture.take(capture.stderr, `(${process.release.name}:${process.pid}) ${line}\n`);
            capture.stderr.isWriting = false;
          }
        },
      },
      [],
    );
    capture.enter(capture.stdout);
    capture.take(capture.stdout, 'first\n');
    const theirs = `(${process.release.name}:${process.pid}) Warning: theirs`;
    expect(shipped).toEqual([
      ['first', undefined],
      [theirs, 'WARN'],
    ]);
  });

  it.each([
    ['text', 'inner\n'],
    ['bytes', Buffer.from('inner\n')],
  ])('an unfinished line stays apart from %s printed while a message is passed on', (_, inner) => {
    const shipped: string[] = [];
    const print = (data: unknown) => {
      if (!capture.enter(capture.stdout)) return;
      capture.take(capture.stdout, data);
      capture.stdout.isWriting = false;
    };
    const write = ({ text }: { text: string }) => {
      shipped.push(text);
      if (text === 'first') print(inner);
    };
    const capture = new Capture({ write }, []);
    print('first\nunfin');
    print('ished\n');
    expect(shipped).toEqual(['first', 'inner', 'unfinished']);
  });
});

describe('a console call after an unfinished line', () => {
  const joined = (...printed: string[]) => {
    const shipped: string[] = [];
    const capture = new Capture({ write: ({ text }) => shipped.push(text) }, []);
    const { stdout } = capture;
    for (const text of printed) {
      capture.call = text.endsWith('\n') ? { level: 'INFO', args: [] } : undefined;
      capture.enter(stdout);
      capture.take(stdout, text);
      stdout.isWriting = false;
    }
    return shipped;
  };

  it.each(['{ ok: true }', "{ 'a-b': 1 }", '{}', '[ 1 ]'])('%s is the end of the line', (text) => {
    expect(joined('Result: ', `${text}\n`)).toEqual([`Result: ${text}`]);
  });

  it.each(['{"ok":true}', '{ "ok": true }'])('%s is a record of its own', (text) => {
    expect(joined('Result: ', `${text}\n`)).toEqual(['Result: ', text]);
  });
});

describe('a printed message', () => {
  it('what is written to a stream has its name and no level', () => {
    expect(printedInput('\u001b[31mred\u001b[0m', 'stderr', undefined)).toEqual({
      text: 'red',
      stream: 'stderr',
      logger: 'stderr',
    });
  });

  it('a console call has its level and the first error among its arguments', () => {
    const error = new RangeError('first');
    const call = { level: 'WARN', args: ['failed:', error, new Error('second')] } as const;
    const text = format(...call.args);
    expect(printedInput(text, 'stderr', call)).toEqual({
      text,
      level: 'WARN',
      stream: 'stderr',
      logger: 'console',
      error,
    });
    expect(printedInput('{"a":1}', 'stdout', call).error).toBeUndefined();
  });

  it('an error of which not all is printed is not given on', () => {
    const error = Object.assign(new RangeError('first\nsecond'), { code: 'E_CODE' });
    const cause = new Error('outer', { cause: error });
    const related = new AggregateError([error], 'several');
    const errorIn = (text: string, logged: Error) =>
      printedInput(text, 'stderr', { level: 'ERROR', args: [logged] }).error;
    for (const logged of [error, cause, related]) {
      expect(errorIn(inspect(logged), logged)).toBe(logged);
      expect(errorIn(`a\n  ${inspect(logged).replaceAll('\n', '\n  ')}`, logged)).toBe(logged);
      for (const part of ['first', 'second', 'E_CODE', 'capture.test']) {
        expect(errorIn(inspect(logged).replaceAll(part, '***'), logged)).toBeUndefined();
      }
      expect(errorIn(logged.message, logged)).toBeUndefined();
    }
    class OrderLost extends Error {}
    const named = new OrderLost('lost');
    expect(errorIn(inspect(named), named)).toBe(named);
    const trap = () => {
      throw new Error('looked at');
    };
    const hostile = Object.defineProperty(new Error('x'), 'cause', { get: trap });
    expect(errorIn('Error: x', hostile)).toBeUndefined();
  });

  it('nothing of a proxy is looked at', () => {
    const trap = () => {
      throw new Error('looked at');
    };
    const proxy = new Proxy({}, { get: trap, getPrototypeOf: trap });
    const call = { level: undefined, args: [proxy] };
    expect(printedInput('{}', 'stdout', call).error).toBeUndefined();
  });

  it('a line that a writer has reformatted gives back message, level and fields', () => {
    const read = { text: 'two\nlines', level: 'ERROR', fields: { tenantId: 't' } } as const;
    const input = printedInput('two\\rlines', 'stdout', undefined, read);
    expect(input).toMatchObject({ ...read, logger: 'console' });
    const call = { level: 'WARN', args: [] } as const;
    expect(printedInput('two\\rlines', 'stdout', call, read).level).toBe('WARN');
  });

  it('a warning of ours is told from others', () => {
    vi.spyOn(process, 'emitWarning').mockReturnValue();
    warn('DL_SPOOL', 'lost');
    const own = `(node:${process.pid}) [DL_SPOOL] DirectLoggingWarning: lost`;
    const hint = '(Use `node --trace-warnings ...` to show where the warning was created)';
    for (const text of [own, `${own}\n${hint}`]) expect(isOwnWarning(text)).toBe(true);
    for (const text of [
      '(node:1) [DEP1] DeprecationWarning: old',
      own.replace('SPOOL', 'CLOCK'),
      own.replace('lost', 'made up'),
      `${own}\nand more`,
      own.replace('[DL', 'x [DL'),
      `(node:${process.pid}) DirectLoggingWarning: `,
    ])
      expect(isOwnWarning(text)).toBe(false);
  });

  it('what ends the process is FATAL, whatever it is', () => {
    expect(fatalInput(new Error('broken'))).toMatchObject({
      level: 'FATAL',
      text: expect.stringMatching(/^Error: broken\n {4}at /),
    });
    expect(fatalInput('just text').text).toBe("Uncaught 'just text'");
    const nameless = () => {
      throw new Error('no');
    };
    const inspected = Object.defineProperty(() => {}, 'name', { get: nameless });
    expect(fatalInput(inspected).text).toBe('Uncaught exception that cannot be shown');
  });
});
