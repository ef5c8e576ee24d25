import { describe, expect, it } from 'vitest';
import { Capture } from '../src/capture.ts';
import { expectSameOutput, type RunOptions, runFixture, texts } from './run-fixture.ts';

describe('the capture', () => {
  it.each<[string, RunOptions?]>([
    ['interleaved.mjs', { output: 'pipe' }],
    ['raw.mjs', { env: { TARGET_THROWS: '1' } }],
    ['warnings.mjs'],
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
