import { describe, expect, it } from 'vitest';
import { expectSameOutput, type RunOptions, runFixture, texts } from './run-fixture.ts';

describe('an unfinished line and the fatal error', () => {
  it.each<[string, RunOptions?]>([
    ['terminations.mjs', { args: ['throw'] }],
    ['terminations.mjs', { args: ['throw-text'] }],
    ['terminations.mjs', { args: ['reject'] }],
    ['terminations.mjs', { args: ['handled'] }],
    ['terminations.mjs', { args: ['exit'] }],
    ['terminations.mjs', { args: ['emit exit'] }],
  ])('prints what it prints without direct-logging: %s %o', expectSameOutput);

  it.each([
    ['throw', 'RangeError: thrown\n', 'thrown'],
    ['throw-text', "Uncaught 'just text'", 'just text'],
    ['reject', 'Error: rejected\n', 'rejected'],
  ])('%s', (way, start, error) => {
    const { records } = runFixture('terminations.mjs', { args: [way] });
    expect(texts(records)[0]).toBe('unfinished');
    expect(records.slice(1)).toMatchObject([{ level: 'FATAL', stream: 'stderr', error }]);
    expect(records[1]?.text.startsWith(start)).toBe(true);
  });

  it('are left to an application that handles the error', () => {
    const { records } = runFixture('terminations.mjs', { args: ['handled'] });
    expect(texts(records)).toEqual(['handled it', 'unfinished']);
  });

  it('an exit that the program emits itself', () => {
    const { records } = runFixture('terminations.mjs', { args: ['emit exit'] });
    expect(texts(records)).toEqual(['unfinished', 'in parts']);
  });

  it('process.exit', () => {
    expect(texts(runFixture('terminations.mjs', { args: ['exit'] }).records)).toEqual([
      'unfinished',
    ]);
  });
});
