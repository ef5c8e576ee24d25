/** Test runners, which replace and read the output of what they test, come to the same result and report with direct-logging. */
import { randomUUID } from 'node:crypto';
import { cp, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { testFolder, testProject, testServer } from '../environment/for-tests.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

const server = testServer();
const project = testProject();
const folder = testFolder('runners');

beforeAll(async () => {
  const theirs = await pinnedPackages({ name: 'test-runners', what: 'test runners' });
  await cp(join(FIXTURES, 'runners'), folder, { recursive: true });
  await symlink(theirs, join(folder, 'node_modules'));
});

/** With the status that each comes to. None remarks that a test was slow, which one is on a busy machine. */
const COMMANDS: Readonly<Record<string, readonly [number, ...string[]]>> = {
  'node:test': [1, '--test', '--test-reporter=tap', 'node.test.cjs'],
  Mocha: [1, 'node_modules/mocha/bin/mocha.js', '--slow=60000', 'mocha.test.cjs'],
  Jest: [1, 'node_modules/jest/bin/jest.js', jestConfig('**/jest.test.cjs')],
  'Jest, which looks for what a test leaves behind': [
    ...([0, 'node_modules/jest/bin/jest.js', '--detectLeaks'] as const),
    jestConfig('**/leaks.test.cjs'),
  ],
  Vitest: [
    ...([1, 'node_modules/vitest/vitest.mjs', 'run', 'vitest.spec.mjs'] as const),
    '--slowTestThreshold=60000',
  ],
};

function jestConfig(match: string): string {
  return `--config=${JSON.stringify({ testMatch: [match], slowTestThreshold: 60 })}`;
}

it.each(Object.entries(COMMANDS))('%s', async (_, [code, ...args]) => {
  const job = `capture-${randomUUID()}`;
  const bare = await run(args, join(FIXTURES, 'bare.mjs'), {});
  const preload = join(project.nodeModules, 'direct-logging/dist/import.js');
  const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job };
  const shipped = await run(args, preload, env);
  expect(outcomeOf(shipped)).toEqual(outcomeOf(bare));
  expect(bare.code).toBe(code);
  const rows = await server.queryWhen(`job:="${job}" "ordered 5"`, 1);
  expect(rows.length).toBeGreaterThan(0);
});

it('node:test, whose runner prints what it reads of a test file between its reports', async () => {
  const job = `capture-${randomUUID()}`;
  const preload = join(project.nodeModules, 'direct-logging/dist/index.cjs');
  const NODE_OPTIONS = `--require ${preload}`;
  const env = { NODE_OPTIONS, VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job };
  const args = ['--test', '--test-reporter=spec', 'lines.test.cjs'];
  const { stdout } = await runProgram({ args, cwd: folder, env: { NO_COLOR: '1', ...env } });
  const lines = ['first of one', 'second of one', 'first of two', 'second of two'];
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(lines));
  const rows = await server.queryWhen(`job:="${job}" _msg:~"^(first|second) of"`, 4);
  expect(rows.map((row) => row._msg).sort()).toEqual(lines.sort());
});

function run(
  args: readonly string[],
  preload: string,
  env: Readonly<Record<string, string>>,
): Promise<ProgramRun> {
  const NODE_OPTIONS = `--import ${pathToFileURL(preload).href}`;
  return runProgram({ args, cwd: folder, env: { CI: '1', NO_COLOR: '1', NODE_OPTIONS, ...env } });
}

/** What is printed, without how long it took; Vitest prints what its processes say in any order. */
function outcomeOf({ code, signal, stdout, stderr }: ProgramRun): object {
  const printed = `${stdout}\n${stderr}`.replaceAll(TIMES, 'T').split('\n').sort();
  return { code, signal, printed };
}

const TIMES = /duration_ms:? [\d.]+|\s*\b[\d.]+ ?m?s\b|\d\d:\d\d:\d\d|(Time:|Duration).*/g;
