/** The kill matrix as the documentation shows it. */
import { count, table } from '../environment/docs-tables.ts';
import { ENDINGS, REMOVED_BY_FORCE } from './endings.ts';
import { type MeasuredCell, measuredCells } from './measured.ts';
import { LINES } from './stored-lines.ts';
import { WAYS, type Way } from './ways.ts';

/** The ways that people are advised to take; the others have a table of their own. */
const ADVISED = ['import', 'code'];

/** The tables, with what they are about, from what was measured last. */
export function killMatrixTables(): string {
  const results = measuredCells();
  const reasons = [...new Set(WAYS.flatMap(({ limits }) => Object.values(limits)))];
  const measured = WAYS.filter(({ name }) => results.some(({ way }) => way === name));
  const advised = measured.filter(({ name }) => ADVISED.includes(name));
  const others = measured.filter(({ name }) => !ADVISED.includes(name));
  return [
    summary(results),
    storedLines(advised, results, reasons),
    storedLines(others, results, reasons),
    reasons.map((reason, at) => `${at + 1}. ${reason}.`).join('\n'),
  ].join('\n\n');
}

function summary(results: readonly MeasuredCell[]): string {
  const nodes = [...new Set(results.map(({ node }) => node))].sort((x, y) => x - y).join(', ');
  const contained = results.filter(({ output }) => output === 'container').length;
  const doubled = results.reduce((sum, result) => sum + result.doubled, 0);
  const disordered = results.filter(({ inOrder }) => !inOrder).length;
  const changed = results.filter(({ unchanged }) => unchanged === false).length;
  const unsteady = results.filter(isUnsteady).length;
  return [
    `${count(results.length - contained)} runs of ${count(LINES)} lines on Node ${nodes}, with the output in files and in pipes,`,
    `and ${contained} in containers.`,
    `Lines stored twice: ${doubled}. Runs with lines out of order: ${disordered}.`,
    `Runs whose exit code, signal, stdout or stderr differed from a run without us: ${changed}.`,
    `Of ${count(unsteady)} runs stdout is not compared, because it differs between two runs without us, too`,
    '(pino prints in the background; of a terminated worker thread Node prints what has come through).',
    'A cell says how many lines were stored of those that were written; a small number refers to the reason below why some are, or may be, missing.',
  ].join(' ');
}

function isUnsteady({ ending, writer }: MeasuredCell): boolean {
  return ENDINGS.some(({ name, unsteady }) => name === ending && unsteady?.includes(writer));
}

function storedLines(
  ways: readonly Way[],
  results: readonly MeasuredCell[],
  reasons: readonly string[],
): string {
  const columns = ways.flatMap((way) => way.writers.map((writer) => ({ way, writer })));
  const head = ['ending', ...columns.map(({ way, writer }) => `${writer}, ${way.title}`)];
  const rows = [...ENDINGS, ...REMOVED_BY_FORCE].map((ending) => [
    ending.title,
    ...columns.map(({ way, writer }) => {
      const measured = results.filter(
        (result) =>
          result.way === way.name && result.writer === writer && result.ending === ending.name,
      );
      return cell(measured, reasons.indexOf(way.limits[ending.name] ?? ''));
    }),
  ]);
  const measured = rows.filter(([, ...cells]) => cells.some((text) => text !== ''));
  return table(head, measured);
}

function cell(measured: readonly MeasuredCell[], reason: number): string {
  if (measured.length === 0) return '';
  const present = measured.reduce((sum, result) => sum + result.present, 0);
  const stored = `${count(present)} of ${count(measured.length * LINES)}`;
  return reason < 0 ? stored : `${stored} <sup>${reason + 1}</sup>`;
}
