import { describe, expect, it } from 'vitest';
import { brief, type Run, runFixture, texts } from './run-fixture.ts';

describe('the output of a worker thread', () => {
  it('is the same without direct-logging, in any order', () => {
    const sorted = (run: Run) => ({ ...run, stdout: run.stdout.split('\n').sort(), records: [] });
    const options = { output: 'pipe' } as const;
    const bare = runFixture('threads.mjs', { ...options, hook: false });
    expect(sorted(runFixture('threads.mjs', options))).toEqual(sorted(bare));
  });

  it('is captured with its level, but for our own warnings', () => {
    const { records, stderr } = runFixture('threads.mjs');
    expect(stderr.match(/DirectLoggingWarning: ours/g)).toHaveLength(2);
    const isWarning = (text: string) => text.startsWith('(node:');
    const warnings = texts(records).filter(isWarning);
    expect(warnings.map((text) => text.split('\n')[0]?.replace(/^\(.+?\) /, ''))).toEqual([
      'Warning: of the thread',
    ]);
    expect(brief(records.filter(({ text }) => !isWarning(text))).sort()).toEqual([
      'stderr|console|ERROR|worker error',
      'stdout|console|-|main',
      'stdout|console|-|worker log',
      // Bytes in the encoding that the thread has chosen, which are no UTF-8.
      'stdout|stdout|-|worker caf\ufffd',
      'stdout|stdout|-|worker descriptor',
      'stdout|stdout|-|worker stream',
      // A string is one message, with all its lines.
      'stdout|stdout|-|{\n  inner: 1\n}',
      'stdout|stdout|-|{\n  outer: 1\n}',
    ]);
  });
});
