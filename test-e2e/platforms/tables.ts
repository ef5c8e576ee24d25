/** The platforms as the documentation shows them. */
import { count, table } from '../environment/docs-tables.ts';
import { type MeasuredCase, measuredCases } from './measured.ts';

/** Platform × termination, from what was measured last. */
export function platformTable(): string {
  const cases = measuredCases();
  const platforms = unique(cases.map(({ platform }) => platform));
  const rows = unique(cases.map(rowOf)).map((row) => {
    const ofRow = cases.filter((one) => rowOf(one) === row);
    const writers = unique(ofRow.map(({ writer }) => writer)).join(', ');
    const cells = platforms.map((platform) =>
      cell(ofRow.filter((one) => one.platform === platform)),
    );
    return [row, writers, ...cells];
  });
  return table(['lines come by', 'termination', 'logged with', ...platforms], rows);
}

/** The first two columns. */
function rowOf({ way, termination }: MeasuredCase): string {
  return `${way} | ${termination}`;
}

function cell(cases: readonly MeasuredCase[]): string {
  const sum = (of: 'present' | 'lines') => cases.reduce((total, one) => total + one[of], 0);
  return cases.length === 0 ? '' : `${count(sum('present'))} of ${count(sum('lines'))}`;
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}
