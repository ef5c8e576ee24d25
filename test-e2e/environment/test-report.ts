/** What became of tests, as vitest reports it, and what to do about it. */
import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** One that did not pass. */
interface NamedTest {
  /** Below the root. */
  readonly file: string;
  readonly name: string;
}

/** What became of the tests of one report. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly failedTests: readonly NamedTest[];
  readonly skippedTests: readonly NamedTest[];
}

interface Report {
  readonly numPassedTests: number;
  readonly testResults: ReadonlyArray<{
    readonly name: string;
    readonly status: string;
    readonly assertionResults: ReadonlyArray<{
      readonly status: string;
      readonly fullName: string;
    }>;
  }>;
}

/** The totals of one report; a report that is missing is one failed test. */
export async function readTotals(path: string): Promise<Totals> {
  try {
    const report = JSON.parse(await readFile(path, 'utf8')) as Report;
    const failedTests = [...namedTests(report, ['failed']), ...failedFiles(report)];
    return {
      passed: report.numPassedTests,
      failed: failedTests.length,
      failedTests,
      skippedTests: namedTests(report, ['skipped', 'pending', 'todo', 'disabled']),
    };
  } catch {
    const failedTests = [{ file: relative(ROOT, path), name: 'there is no report' }];
    return { passed: 0, failed: 1, failedTests, skippedTests: [] };
  }
}

function namedTests({ testResults }: Report, statuses: readonly string[]): NamedTest[] {
  return testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => statuses.includes(status))
      .map(({ fullName }) => ({ file: relative(ROOT, name), name: fullName })),
  );
}

/** Those that failed before their tests or after them. */
function failedFiles({ testResults }: Report): NamedTest[] {
  return testResults
    .filter(({ status, assertionResults }) => {
      return status === 'failed' && assertionResults.every((test) => test.status !== 'failed');
    })
    .map(({ name }) => ({ file: relative(ROOT, name), name: 'failed outside of its tests' }));
}

/**
 * What people can act on: what failed and how to run it again, what was skipped and what it needs. The last line is the sum.
 * @param missing What this machine lacks, see `sayMissing`.
 */
export function summary(totals: Totals, missing: readonly string[]): string {
  const { passed, failed, failedTests, skippedTests } = totals;
  const lines: string[] = [];
  if (failedTests.length > 0) {
    const files = [...new Set(failedTests.map(({ file }) => file))];
    lines.push('', 'Failed:', ...failedTests.map(({ file, name }) => `  ${file}: ${name}`));
    lines.push('Run these again:', `  npm test -- ${files.join(' ')}`);
  }
  if (skippedTests.length > 0) {
    lines.push('', `Skipped, ${skippedTests.length}:`, ...countsByFile(skippedTests));
  }
  if (missing.length > 0) {
    lines.push('', 'Not everything could be tested here:', ...missing.map((said) => `  - ${said}`));
  }
  return [...lines, '', `${passed} passed, ${failed} failed`].join('\n');
}

function countsByFile(tests: readonly NamedTest[]): string[] {
  const counts = new Map<string, number>();
  for (const { file } of tests) counts.set(file, (counts.get(file) ?? 0) + 1);
  return [...counts].map(([file, count]) => `  ${String(count).padStart(3)} in ${file}`);
}
