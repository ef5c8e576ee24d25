import { describe, expect, it } from 'vitest';
import { expectSameOutput, type RunOptions, runFixture, texts } from './run-fixture.ts';

describe('writes to a stream', () => {
  it.each<[string, RunOptions?]>([
    ['raw.mjs', { output: 'pipe' }],
    ['refused-writes.mjs', { output: 'pipe' }],
  ])('prints what it prints without direct-logging: %s %o', expectSameOutput);

  it.each(['file', 'pipe'] as const)('are captured into a %s', (output) => {
    const { records } = runFixture('raw.mjs', { output });
    const of = (stream: string) => texts(records.filter((record) => record.stream === stream));
    expect(of('stdout')).toEqual([
      'one line',
      'two',
      'lines',
      'first second third',
      'smile 😀',
      'high 😀 low',
      'hex hex',
      'base64',
      'café',
      'u8',
      'corked 1',
      'corked 2',
      '100%',
      '2/2',
      'kept\rwhole',
      'piped text',
      'and more',
      'without newline',
      ' until exit',
      'last',
    ]);
    expect(of('stderr')).toEqual([
      'Error: x\n    at a\n    at b',
      'next',
      'Error: y\n    at c\n    at d',
      'warn: colors',
      'ERR_STREAM_NULL_VALUES',
      'callback true',
    ]);
  });

  it.each(['file', 'pipe'] as const)(
    'are not captured if a stream into a %s refuses them',
    (output) => {
      const { records } = runFixture('refused-writes.mjs', { output });
      const printed = [
        'begin, ERR_UNKNOWN_ENCODING',
        'ERR_UNKNOWN_ENCODING',
        'bytes',
        'UTF-8 in capitals',
      ];
      expect(texts(records)).toEqual([...printed, ...printed, 'end']);
    },
  );
});
