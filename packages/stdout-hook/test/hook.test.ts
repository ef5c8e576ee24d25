import { describe, expect, it } from 'vitest';
import { expectSameOutput, type RunOptions, runFixture, texts } from './run-fixture.ts';

describe('a hooked program', () => {
  it.each<[string, RunOptions?]>([['inspects.mjs'], ['exits-hard.mjs']])(
    'prints what it prints without direct-logging: %s %o',
    expectSameOutput,
  );

  it('is captured up to a SIGKILL', () => {
    const { records, status } = runFixture('exits-hard.mjs');
    expect(texts(records)).toEqual(['first', 'second']);
    expect(status).toBe('137');
  });
});

it.each(['file', 'pipe'] as const)(
  'into a %s: the undo restores what stood there, whoever put it, and passes through what was patched on top',
  (output) => {
    const { stdout, stderr } = runFixture('undone.mjs', { hook: false, output });
    const lines = stdout.split('\n');
    expect(lines.slice(0, 3)).toEqual(['captured', 'left overnot captured', 'captured again']);
    expect(stderr).toBe('<patched before>\n<passed through>\n');
    const { records, restored } = JSON.parse(lines[3] ?? '');
    expect(records).toEqual(['captured', 'patched before', 'left over', 'captured again']);
    expect(restored).toEqual(Array(9).fill(true));
  },
);
