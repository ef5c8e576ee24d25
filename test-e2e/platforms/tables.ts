/** The platforms as the documentation shows them. */
import { count, table } from '../environment/docs-tables.ts';
import { type MeasuredCase, measuredCases } from './measured.ts';

/** Platform × ending, from what was measured last. */
export function platformTable(): string {
  const cases = measuredCases();
  const platforms = [...new Set(cases.map(({ platform }) => platform))].sort();
  const rows = [...new Set(cases.map(rowOf))];
  return table(
    ['ending', 'logged with', ...platforms],
    rows.map((row) => [
      row,
      ...platforms.map((platform) =>
        cell(cases.filter((one) => one.platform === platform && rowOf(one) === row)),
      ),
    ]),
  );
}

/** The first two columns. */
function rowOf({ ending, writer }: MeasuredCase): string {
  return `${ending} | ${writer}`;
}

function cell(cases: readonly MeasuredCase[]): string {
  const sum = (of: 'present' | 'lines') => cases.reduce((total, one) => total + one[of], 0);
  return cases.length === 0 ? '' : `${count(sum('present'))} of ${count(sum('lines'))}`;
}
