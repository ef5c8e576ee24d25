import { expect, it } from 'vitest';
import type { AuditedProcess, AuditReport } from '../src/audit.ts';
import { showAudit } from '../src/show-audit.ts';

const COMPLETE: AuditedProcess = {
  id: 'k3',
  containerName: 'lambda-hello',
  firstTime: '2026-01-31T12:00:00Z',
  lastTime: '2026-01-31T12:00:01.5Z',
  beganEarlier: false,
  written: 100,
  present: 100,
  missing: 0,
  missingRanges: [],
  duplicates: 0,
  reportedDropped: 0,
};

function report(...processes: AuditedProcess[]): AuditReport {
  return {
    processes,
    written: 0,
    present: 0,
    missing: 0,
    duplicates: processes.reduce((sum, { duplicates }) => sum + duplicates, 0),
    reportedDropped: 0,
    queryWithoutDuplicates: '(a) | once',
  };
}

function linesOf(...processes: AuditedProcess[]): string[] {
  return showAudit(report(...processes)).split('\n');
}

it('aligns the numbers under their titles', () => {
  const [titles = '', first = ''] = linesOf(COMPLETE, { ...COMPLETE, written: 12_345_678 });
  const end = titles.indexOf('WRITTEN') + 'WRITTEN'.length;
  expect(first.slice(0, end)).toMatch(/ 100$/);
  expect(first).toContain(
    'k3       lambda-hello  2026-01-31 12:00:00.000  2026-01-31 12:00:01.500',
  );
});

it('is no wider for one hostile name, which would make it longer than a text can be', () => {
  const others = Array.from({ length: 3_000 }, () => COMPLETE);
  const lines = linesOf({ ...COMPLETE, containerName: 'x'.repeat(256 * 1024) }, ...others);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(400);
});

it('lists what is missing below the process, and how much more there is', () => {
  const missingRanges = [
    { first: 3, last: 3 },
    { first: 7, last: 9 },
  ];
  const lines = linesOf({ ...COMPLETE, missing: 10, missingRanges });
  expect(lines).toContain('  missing: 3, 7-9 and 6 more');
});

it('says of which processes the beginning was not looked at', () => {
  expect(linesOf({ ...COMPLETE, beganEarlier: true })[2]).toMatch(/began before the window/);
});

it('says what it cannot see', () => {
  expect(showAudit(report(COMPLETE))).toMatch(/after it cannot be seen/);
});

it('gives a query without duplicates when there are some', () => {
  expect(showAudit(report(COMPLETE))).not.toContain('once');
  expect(linesOf({ ...COMPLETE, duplicates: 1 }).slice(-3)).toEqual([
    'This query gives every line once:',
    '  (a) | once',
    '',
  ]);
});
