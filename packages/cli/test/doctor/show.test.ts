import { expect, it } from 'vitest';
import type { Check } from '../../src/doctor/check.ts';
import { showReport } from '../../src/doctor/show.ts';
import { rendered } from '../../src/print.ts';

it('says every next step, the most important one first, and leaves out those of notes', () => {
  const checks: Check[] = [
    { name: 'level', verdict: 'note', finding: 'ERROR', next: 'lower it' },
    { name: 'clock', verdict: 'warn', finding: 'off', next: 'set it' },
    { name: 'retention', verdict: 'warn', finding: 'short', next: 'tell it' },
  ];
  const report = showReport({ ok: true, checks, conclusion: 'Records arrive.', next: 'set it' });
  expect(rendered(report, false).split('\n').slice(-4)).toEqual([
    'Records arrive.',
    'Next: set it.',
    'Then: tell it.',
    '',
  ]);
});
