/** The audit's report as a table for people. Pure. */
import { type AuditedProcess, type AuditReport, lengthOf } from './audit.ts';
import { columns } from './columns.ts';
import { oneLine, shortTime } from './print.ts';

const TITLES = ['PROCESS', 'CONTAINER', 'FIRST LINE (UTC)', 'LAST LINE (UTC)'];
const NUMBERS = ['WRITTEN', 'PRESENT', 'MISSING', 'DUPLICATES', 'DROPPED'];
/** A record can name its container with 256 KiB of text. In an aligned table, the others would be as wide. */
const MAX_CELL_LENGTH = 128;
const CAVEAT =
  'WRITTEN counts up to the last line that is stored: what a process lost after it cannot be seen, nor a process of\n' +
  'which nothing is stored. DROPPED is what processes reported themselves; what they dropped is among the missing.';

export function showAudit(report: AuditReport): string {
  const [titles, ...rows] = columns(
    [[...TITLES, ...NUMBERS], ...report.processes.map(cellsOf)],
    TITLES.length,
  );
  const lines = report.processes.flatMap((one, at) => [rows[at], ...notesOn(one)]);
  const duplicateNotes =
    report.duplicates > 0
      ? ['', 'This query gives every line once:', `  ${report.queryWithoutDuplicates}`]
      : [];
  return [titles, ...lines, '', `${summary(report)}.`, CAVEAT, ...duplicateNotes, ''].join('\n');
}

function cellsOf(one: AuditedProcess): string[] {
  const numbers = [one.written, one.present, one.missing, one.duplicates, one.reportedDropped];
  return [
    ...[one.id, one.containerName, shortTime(one.firstTime), shortTime(one.lastTime)].map((cell) =>
      oneLine(cell.slice(0, MAX_CELL_LENGTH)),
    ),
    ...numbers.map(String),
  ];
}

function notesOn(one: AuditedProcess): string[] {
  const notes = one.missing > 0 ? [`  missing: ${showRanges(one)}`] : [];
  if (one.beganEarlier)
    notes.unshift('  began before the window: only its lines in the window are counted');
  return notes;
}

function showRanges({ missing, missingRanges }: AuditedProcess): string {
  const ranges = missingRanges.map(({ first, last }) =>
    first === last ? first : `${first}-${last}`,
  );
  const rest = missing - missingRanges.reduce((sum, range) => sum + lengthOf(range), 0);
  return `${ranges.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}

function summary({ processes, ...counts }: AuditReport): string {
  const { written, present, missing, duplicates, reportedDropped } = counts;
  const who = processes.length === 1 ? '1 process' : `${processes.length} processes`;
  return `${who}: ${written} written, ${present} present, ${missing} missing, ${duplicates} duplicates, ${reportedDropped} reported as dropped`;
}
