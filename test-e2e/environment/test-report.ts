/** What became of tests, as vitest reports it. */
import { readFile } from 'node:fs/promises';

/** Where the tests of one package leave their report, in its folder. */
export const REPORT = '.turbo/test-report.json';

/** How many tests there were of each kind. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** The totals of one report; a report that is missing is one failed test. */
export async function readTotals(path: string): Promise<Totals> {
  try {
    const report = JSON.parse(await readFile(path, 'utf8')) as Report;
    return {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    };
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  }
}

/** The sum of several. */
export function sumOf(all: readonly Totals[]): Totals {
  return all.reduce(
    (sum, { passed, failed, skipped }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    { passed: 0, failed: 0, skipped: 0 },
  );
}
