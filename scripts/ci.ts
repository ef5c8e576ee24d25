/** The steps of `.ci/run`, one after the other. The last line is the sum of all: `N passed, N failed`. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const STEPS: Readonly<Record<string, string>> = {
  check: 'npm run check',
  tests: 'npm test',
  website: 'npm run docs',
  'sample of the matrix': 'node test-e2e/run-tests.ts --sample',
  fuzz: 'node test-e2e/fuzz/fuzz.ts --minutes 3 --must-repeat',
};

const SUM = /^(\d+) passed, (\d+) failed$/;

let passed = 0;
let failed = 0;
for (const [name, command] of Object.entries(STEPS)) {
  console.log(`== ${name}`);
  const counts = await run(name, command);
  passed += counts.passed;
  failed += counts.failed;
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

/** Runs a step and counts its last sum. A step without one counts as a single test. */
async function run(name: string, command: string): Promise<{ passed: number; failed: number }> {
  const child = spawn(`${command} 2>&1`, { shell: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const exit = once(child, 'exit');
  let sum: RegExpExecArray | null = null;
  for await (const line of createInterface({ input: child.stdout })) {
    const found = SUM.exec(line);
    sum = found ?? sum;
    // Only the sum of all steps stands on a line of its own.
    console.log(found ? `== ${name}: ${line}` : line);
  }
  const [code] = (await exit) as [number | null];
  if (sum === null) return code === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const failures = Number(sum[2]);
  // A step can fail without a failed test.
  return { passed: Number(sum[1]), failed: code === 0 ? failures : Math.max(1, failures) };
}
