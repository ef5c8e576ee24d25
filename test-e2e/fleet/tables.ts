/** The faults of a fleet as the documentation shows them. */
import { count, table } from '../environment/docs-tables.ts';
import { measurementsFile, readMeasurements } from '../environment/measurements.ts';
import { CELLS, type Cell } from './faults.ts';

interface Measured {
  readonly topology: string;
  readonly fault: string;
  readonly durable: boolean;
  readonly written: number;
  /** One number for each copy. */
  readonly missing: readonly number[];
  /** In every copy. */
  readonly missingEverywhere: number;
  readonly duplicates: readonly number[];
}

/** A table for each arrangement, from what was measured last. */
export function faultTables(): string {
  const measured = readMeasurements<Measured>(measurementsFile('fleet/faults'));
  const kinds = [...new Set(CELLS.map(({ kind }) => kind.name))];
  return kinds
    .map((kind) => {
      const cells = CELLS.filter((cell) => cell.kind.name === kind && !cell.durable);
      const rows = cells.flatMap((cell) => rowOf(cell, measured));
      const head = ['fault', 'lines', 'lost', 'stored twice', 'lost, `DURABLE`', 'twice', 'why'];
      return `**${kind}**\n\n${table(head, rows)}`;
    })
    .join('\n\n');
}

function rowOf(cell: Cell, measured: readonly Measured[]): string[][] {
  const [off, on] = [false, true].map((durable) =>
    measured.find(
      (one) =>
        one.topology === cell.kind.name && one.fault === cell.fault && one.durable === durable,
    ),
  );
  if (off === undefined) return [];
  const { upstream } = cell;
  const isLost = off.missing.some((lines) => lines > 0);
  const why = upstream && isLost ? `[${upstream.why}](${upstream.link})` : '';
  const twice = (one?: Measured) => (one === undefined ? '' : one.duplicates.map(count).join(', '));
  return [
    [cell.fault, count(off.written), lost(off), twice(off), lost(on), twice(on), why].map(String),
  ];
}

/** In each copy and, if there are several, in all of them. */
function lost(one?: Measured): string {
  if (one === undefined) return '';
  const { missing, missingEverywhere } = one;
  const each = missing.map(count).join(', ');
  const isEach = missing.length === 1 || missing.every((lines) => lines === 0);
  return isEach ? each : `${each}; in both ${count(missingEverywhere)}`;
}
