/** The kill matrix as the documentation shows it. */
import { count, table } from '../environment/docs-tables.ts';
import { type MeasuredCell, measuredCells } from './measured.ts';
import { LINES } from './stored-lines.ts';
import { REMOVED_BY_FORCE, TERMINATIONS } from './terminations.ts';
import { WAYS } from './ways.ts';

const COLUMNS = WAYS.flatMap((way) => way.writers.map((writer) => ({ way, writer })));

/** What was tried, and every cell that is not complete, from what was measured last. */
export function killMatrixTables(): string {
  const results = measuredCells();
  return [summary(results), tried(results), deviations(results)].join('\n\n');
}

function summary(results: readonly MeasuredCell[]): string {
  const nodes = [...new Set(results.map(({ node }) => node))].sort((x, y) => x - y).join(', ');
  const contained = results.filter(({ output }) => output === 'container').length;
  const duplicates = results.reduce((sum, result) => sum + result.duplicates, 0);
  const disordered = results.filter(({ inOrder }) => !inOrder).length;
  const changed = results.filter(({ unchanged }) => unchanged === false).length;
  const unsteady = results.filter(isUnsteady).length;
  return [
    `${count(results.length - contained)} runs of ${count(LINES)} lines on Node ${nodes}, with the output in files and in pipes,`,
    `and ${contained} in containers.`,
    `Duplicates: ${duplicates}. Runs with lines out of order: ${disordered}.`,
    `Runs whose exit code, signal, stdout or stderr differed from a run without direct-logging: ${changed}.`,
    `The stdout of ${count(unsteady)} runs is not compared, because it also differs between two runs without direct-logging`,
    '(pino prints in the background; of a terminated worker thread, Node prints only what has reached the main thread).',
  ].join(' ');
}

function isUnsteady({ termination, writer }: MeasuredCell): boolean {
  return TERMINATIONS.some(
    ({ name, unsteady }) => name === termination && unsteady?.includes(writer),
  );
}

/** How often each combination of logger and set-up was tried, and with how many terminations. */
function tried(results: readonly MeasuredCell[]): string {
  const rows = COLUMNS.flatMap(({ way, writer }) => {
    const cells = results.filter((result) => result.way === way.name && result.writer === writer);
    const terminations = new Set(cells.map(({ termination }) => termination)).size;
    const stored = storedOf(cells);
    return cells.length === 0 ? [] : [[writer, way.title, String(terminations), stored]];
  });
  return table(['logged with', 'set-up', 'terminations', 'lines stored'], rows);
}

/** The cells in which something is missing, each with its reason. */
function deviations(results: readonly MeasuredCell[]): string {
  const rows = COLUMNS.flatMap(({ way, writer }) =>
    [...TERMINATIONS, ...REMOVED_BY_FORCE].flatMap((termination) => {
      const cells = results.filter(
        (result) =>
          result.way === way.name &&
          result.writer === writer &&
          result.termination === termination.name,
      );
      if (cells.every(({ present }) => present === LINES)) return [];
      const reason = way.limits[termination.name] ?? '';
      return [[termination.title, `${writer}, ${way.title}`, storedOf(cells), reason]];
    }),
  );
  return [
    'Everything was stored except:',
    table(['termination', 'logged with', 'lines stored', 'reason'], rows),
  ].join('\n\n');
}

function storedOf(cells: readonly MeasuredCell[]): string {
  const present = cells.reduce((sum, cell) => sum + cell.present, 0);
  return `${count(present)} of ${count(cells.length * LINES)}`;
}
