import { describe, expect, it } from 'vitest';
import { brief, expectSameOutput, type RunOptions, runFixture } from './run-fixture.ts';

describe('a method of the console', () => {
  it.each<[string, RunOptions?]>([
    ['consoles.mjs'],
    ['consoles.mjs', { output: 'pipe' }],
    ['trace.mjs'],
  ])('prints what it prints without direct-logging: %s %o', expectSameOutput);

  it('is captured as one message with its level', () => {
    const { records } = runFixture('consoles.mjs');
    const table =
      '┌─────────┬───┐\n│ (index) │ a │\n├─────────┼───┤\n│ 0       │ 1 │\n└─────────┴───┘';
    expect(brief(records.slice(0, -1))).toEqual([
      'stdout|console|-|plain text',
      'stdout|console|INFO|info',
      'stderr|console|WARN|warn',
      'stderr|console|ERROR|failed: Error: broken\n    at here|broken',
      'stdout|console|DEBUG|debug',
      'stdout|console|-|two\nlines',
      'stdout|console|-|{ a: 1n }',
      'stdout|console|-|{"big":12345678901234567890}',
      'stdout|console|-|{ a: [Object] }',
      'stdout|console|-|dirxml',
      `stdout|console|-|${table}`,
      'stdout|console|-|group',
      'stdout|console|-|  inside\n  twice',
      'stdout|console|-|default: 1',
      'stderr|console|WARN|Assertion failed: assertion',
      'stdout|console|-|red link',
      'stdout|console|-|own\nconsole',
      'stderr|console|ERROR|own error',
      `stdout|console|-|${table.replace('a', '0')}`,
      'stdout|console|WARN|special',
      'stdout|console|-|half and half',
      'stdout|stdout|-|unfinished',
      'stdout|console|-|{"complete":true}',
      'stdout|console|-|detached',
      'stderr|console|WARN|😀 ünï',
    ]);
    expect(records.at(-1)?.text).toContain("No such label 'nothing'");
  });

  it('is TRACE for console.trace', () => {
    const { records } = runFixture('trace.mjs');
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ level: 'TRACE', stream: 'stderr', logger: 'console' });
    expect(records[0]?.text).toMatch(/^Trace: where am I\n {4}at outer/);
  });
});
