import { describe, expect, it } from 'vitest';
import { expectSameOutput, fixturePath, runFixture, texts } from './run-fixture.ts';

describe('a standard stream', () => {
  it('that is a pipe is made and hooked when it is first used', () => {
    const options = { output: 'pipe' } as const;
    expectSameOutput('makes-no-stream.mjs', options);
    expect(texts(runFixture('makes-no-stream.mjs', options).records)).toEqual(['false', 'true']);
  });

  it.each(['file', 'pipe'] as const)('into a %s is hooked if code has kept it before', (output) => {
    const nodeOptions = ['--require', fixturePath('keeps-stream.cjs')];
    const { records } = runFixture('kept.mjs', { nodeOptions, output });
    expect(texts(records)).toEqual(['to the kept one', 'by the console']);
  });

  it.each(['console', 'stream', 'descriptor'])(
    'into a pipe is hooked although it was first used where the stack was full: %s',
    (way) => {
      const { records } = runFixture('full-stack.mjs', { args: [way], output: 'pipe' });
      expect(texts(records).slice(-2)).toEqual(['later', 'to the descriptor']);
    },
  );
});
