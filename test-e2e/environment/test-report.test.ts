/** The end of a run of all tests: what failed, what was skipped, what is missing here, and the sum in the last line. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, vi } from 'vitest';
import { readMissing, sayMissing } from '../environment/missing.ts';
import { readTotals, summary } from '../environment/test-report.ts';
import { testFolder } from './for-tests.ts';

const folder = testFolder('summary');

const file = fileURLToPath(new URL('some.test.ts', import.meta.url));

async function totalsOf(tests: Readonly<Record<string, string>>, status = 'passed') {
  const report = {
    numPassedTests: Object.values(tests).filter((status) => status === 'passed').length,
    testResults: [
      {
        name: file,
        status,
        assertionResults: Object.entries(tests).map(([fullName, status]) => ({ fullName, status })),
      },
    ],
  };
  const path = join(folder, 'report.json');
  await writeFile(path, JSON.stringify(report));
  return readTotals(path);
}

it('ends with the sum alone where everything was tested', async () => {
  const totals = await totalsOf({ a: 'passed', b: 'passed' });
  expect(summary(totals, [])).toBe('\n2 passed, 0 failed');
});

it('names what failed and how to run it again, and what was skipped and why', async () => {
  const totals = await totalsOf({ a: 'passed', b: 'failed', c: 'skipped', d: 'pending' }, 'failed');
  expect(summary(totals, ['No Go. Install Go.'])).toBe(`
Failed:
  test-e2e/environment/some.test.ts: b
Run these again:
  npm test -- test-e2e/environment/some.test.ts

Skipped, 2:
    2 in test-e2e/environment/some.test.ts

Not everything could be tested here:
  - No Go. Install Go.

1 passed, 1 failed`);
});

it('counts a file that fails outside of its tests', async () => {
  expect(summary(await totalsOf({ a: 'skipped' }, 'failed'), [])).toMatch(
    /some\.test\.ts: failed outside of its tests\n[\s\S]*\n0 passed, 1 failed$/,
  );
});

it('counts tests whose report is missing as failed', async () => {
  expect(summary(await readTotals(join(folder, 'none.json')), [])).toMatch(
    /none\.json: there is no report\n[\s\S]*\n0 passed, 1 failed$/,
  );
});

it('has what processes say that they lack, each once', async () => {
  const collected = join(folder, 'missing');
  await writeFile(collected, '');
  vi.stubEnv('DIRECT_LOGGING_MISSING', collected);
  const said: string[] = [];
  for (let time = 0; time < 2; time++) {
    sayMissing('No Go here.', 'Install Go.', (line) => said.push(line));
  }
  vi.unstubAllEnvs();
  expect(said).toEqual(['No Go here. Install Go.', 'No Go here. Install Go.']);
  expect(readMissing(collected)).toEqual(['No Go here. Install Go.']);
  expect(await readFile(collected, 'utf8')).not.toBe('');
});
