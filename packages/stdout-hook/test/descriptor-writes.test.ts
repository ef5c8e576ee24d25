import { describe, expect, it } from 'vitest';
import {
  expectSameOutput,
  fixturePath,
  type RunOptions,
  runFixture,
  texts,
} from './run-fixture.ts';

describe('writes to a descriptor', () => {
  it.each<[string, RunOptions?]>([['descriptors.mjs', { output: 'pipe' }]])(
    'prints what it prints without direct-logging: %s %o',
    expectSameOutput,
  );

  it.each(['file', 'pipe'] as const)('are captured into a %s', (output) => {
    const { records } = runFixture('descriptors.mjs', { output });
    expect(texts(records)).toEqual([
      'stream',
      'named import',
      'buffer on 2',
      'options',
      'vector',
      'file',
      'file buffer',
      'appended',
      'promisified',
      '12 promisified',
      'callback',
      'async file',
      'stream of fd 1',
      'second',
      'end',
      'ERR_INVALID_ARG_TYPE',
    ]);
  });

  it.each(['file', 'pipe'] as const)('are captured while a stream writes into a %s', (output) => {
    const { records, stdout } = runFixture('prints-while-printing.mjs', { output });
    const printed = Buffer.from(stdout).toString().trimEnd().split('\n');
    const other = printed.filter((line) => !/line 3|IN ITS OWN WAY/.test(line));
    expect(other.length).toBeGreaterThan(3);
    expect(texts(records).sort()).toEqual([...other, 'line 3 ö', 'in its own way'].sort());
  });

  it('are captured once if they are tried again', () => {
    const nodeOptions = ['--require', fixturePath('stubborn-descriptor.cjs')];
    const { records, stdout } = runFixture('refusing.mjs', { nodeOptions });
    expect(texts(records)).toEqual(['a line that is taken in pieces', 'next', 'next']);
    expect(stdout).toBe('a line that is taken in pieces\nnext\nnext\n');
  });
});
