/** The audit's report as a table for people. Pure. */
import type { AuditedProcess, AuditReport } from './audit.ts';
import { lengthOf } from './gaps.ts';
import { oneLine } from './print.ts';
import { shortTime } from './short-time.ts';

const TITLES = [
  'PROCESS',
  'CONTAINER',
  'FIRST LINE (UTC)',
  'LAST LINE (UTC)',
  'WRITTEN',
  'PRESENT',
  'MISSING',
  'DUPLICATES',
  'DROPPED',
];
/** Columns from here on are numbers, aligned on the right. */
const FIRST_NUMBER = 4;
const GAP = '  ';
const CAVEAT =
  'WRITTEN counts up to the last line that is stored: what a process lost behind it cannot be seen, nor a process of\n' +
  'which nothing is stored. DROPPED is what processes reported themselves; what they dropped is among the missing.';

/** Several lines, each ended by a newline. */
export function showAudit(report: AuditReport): string {
  const rows = report.processes.map(cellsOf);
  const widths = TITLES.map((title, column) =>
    Math.max(title.length, ...rows.map((cells) => cells[column]?.length ?? 0)),
  );
  const lines = report.processes.flatMap((one, at) => [
    aligned(rows[at] ?? [], widths),
    ...notesOn(one).map((note) => `${GAP}${note}`),
  ]);
  const duplicateNotes =
    report.duplicates > 0
      ? ['', 'This query gives every line once:', `${GAP}${report.queryWithoutDuplicates}`]
      : [];
  const titles = aligned(TITLES, widths);
  return [titles, ...lines, '', `${summary(report)}.`, CAVEAT, ...duplicateNotes, ''].join('\n');
}

function cellsOf(one: AuditedProcess): string[] {
  const numbers = [one.written, one.present, one.missing, one.duplicates, one.reportedDropped];
  return [
    ...[one.id, one.containerName, shortTime(one.firstTime), shortTime(one.lastTime)].map(oneLine),
    ...numbers.map(String),
  ];
}

function aligned(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => {
      const width = widths[column] ?? 0;
      return column < FIRST_NUMBER ? cell.padEnd(width) : cell.padStart(width);
    })
    .join(GAP)
    .trimEnd();
}

function notesOn(one: AuditedProcess): string[] {
  const notes: string[] = [];
  if (one.beganEarlier)
    notes.push('began before the window: only its lines in the window are counted');
  if (one.missing > 0) notes.push(`missing: ${showRanges(one)}`);
  return notes;
}

function showRanges({ missing, missingRanges }: AuditedProcess): string {
  const ranges = missingRanges.map(({ first, last }) =>
    first === last ? first : `${first}-${last}`,
  );
  const rest = missing - missingRanges.reduce((sum, range) => sum + lengthOf(range), 0);
  return `${ranges.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function summary({
  processes,
  written,
  present,
  missing,
  duplicates,
  reportedDropped,
}: AuditReport) {
  const who = processes.length === 1 ? '1 process' : `${processes.length} processes`;
  return `${who}: ${written} written, ${present} present, ${missing} missing, ${duplicates} duplicates, ${reportedDropped} reported as dropped`;
}
