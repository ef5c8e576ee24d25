/** pino's and winston's own tests give the results under the preload that they give without it. */
import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lockedPackages } from '../environment/locked-packages.ts';
import { runProgram } from '../environment/run-program.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';

/** Those that take a second each; `npm run test:matrix` runs all. */
const QUICK = [
  'basic.test.js',
  'multistream.test.js',
  'hooks.test.js',
  'stdout-protection.test.js',
];
/** It writes eight million lines. */
const LONG = 'big.test.js';
const REPORTER = fileURLToPath(new URL('./fixtures/results-reporter.mjs', import.meta.url));
const BARE = fileURLToPath(new URL('./fixtures/bare.mjs', import.meta.url));
/** winston 3.2.1 is the last version whose package carries tests: those of its transports, without the functions they share. */
const OF_WINSTON = ['console.test.js', 'stream.test.js', 'http.test.js'];
const HELPERS = fileURLToPath(new URL('./fixtures/winston-helpers.cjs', import.meta.url));
/** So often a file is run again whose tests went differently: some are flaky without us, too. */
const ATTEMPTS = 5;

let server: VictoriaLogs;
let project: ScratchProject;
let folder: string;

beforeAll(async () => {
  server = await startVictoriaLogs();
  project = await scratchProject();
  const nodeModules = await lockedPackages({ name: 'logger-suites', what: "the loggers' tests" });
  folder = await mkdtemp(join(tmpdir(), 'direct-logging-suites-'));
  // As in its repository: outside of a folder that is called node_modules, which some tests look at.
  for (const name of ['pino', 'winston']) {
    await cp(join(nodeModules, name), join(folder, name), { recursive: true });
  }
  await mkdir(join(folder, 'winston/test/helpers'));
  await cp(HELPERS, join(folder, 'winston/test/helpers/index.js'));
  await symlink(nodeModules, join(folder, 'node_modules'));
});
afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  await project?.remove();
  await server?.stop();
});

it("pino's tests", { timeout: 900_000 }, async () => {
  const results = { bare: new Results(), shipped: new Results() };
  const job = `capture-${randomUUID()}`;
  let files = await testFiles();
  for (let attempt = 1; attempt <= ATTEMPTS && files.length > 0; attempt++) {
    await runInto(results.bare, files, pathToFileURL(BARE).href, {});
    const preload = join(project.nodeModules, '@direct-logging/auto/dist/import.js');
    const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job };
    await runInto(results.shipped, files, pathToFileURL(preload).href, env);
    files = files.filter((file) => differences(results.bare, results.shipped, file).length > 0);
  }
  const different = files.flatMap((file) => differences(results.bare, results.shipped, file));
  expect(different).toEqual([]);
  expect(results.bare.passed).toBeGreaterThan(50);
  await server.queryWhen(`job:="${job}"`, 1);
});

it("winston's tests", async () => {
  const job = `capture-${randomUUID()}`;
  const results = async (preload: string, env: Readonly<Record<string, string>>) => {
    const files = OF_WINSTON.map((name) => `test/transports/${name}`);
    const report = join(folder, `${randomUUID()}.json`);
    const { code } = await runProgram({
      args: [
        join(folder, 'node_modules/mocha/bin/mocha.js'),
        ...['--exit', '--timeout=20000', '--reporter=json', `--reporter-option=output=${report}`],
        ...files,
      ],
      cwd: join(folder, 'winston'),
      env: { NODE_OPTIONS: `--import ${preload}`, ...env },
    });
    const { tests } = JSON.parse(await readFile(report, 'utf8')) as { tests: MochaTest[] };
    return { code, outcomes: tests.map(({ fullTitle, err }) => [fullTitle, err.message]) };
  };
  const bare = await results(pathToFileURL(BARE).href, {});
  const preload = pathToFileURL(join(project.nodeModules, '@direct-logging/auto/dist/import.js'));
  const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job };
  expect(await results(preload.href, env)).toEqual(bare);
  expect(bare.code).toBe(0);
  expect(bare.outcomes.length).toBeGreaterThan(10);
  await server.queryWhen(`job:="${job}"`, 1);
});

/** Of what Mocha reports. */
interface MochaTest {
  readonly fullTitle: string;
  readonly err: { readonly message?: string };
}

async function testFiles(): Promise<string[]> {
  if (!process.env.DIRECT_LOGGING_MATRIX) return QUICK.map((name) => `test/${name}`);
  const all = await readdir(join(folder, 'pino/test'), { recursive: true });
  return all
    .filter((name) => /\.test\.m?js$/.test(name) && !name.endsWith(LONG))
    .map((name) => `test/${name}`);
}

/** What each test came to in the runs so far, by its full name. */
class Results {
  readonly outcomes = new Map<string, Set<string>>();

  get passed(): number {
    return [...this.outcomes.values()].filter((outcomes) => outcomes.has('pass')).length;
  }

  add(name: string, outcome: string): void {
    this.outcomes.set(name, (this.outcomes.get(name) ?? new Set()).add(outcome));
  }
}

/** The tests of a file that never came to the same result with us and without. */
function differences(bare: Results, shipped: Results, file: string): string[] {
  const names = new Set([...bare.outcomes.keys(), ...shipped.outcomes.keys()]);
  return [...names].filter((name) => {
    if (!name.startsWith(`/${file} `)) return false;
    const seen = bare.outcomes.get(name);
    return ![...(shipped.outcomes.get(name) ?? [])].some((outcome) => seen?.has(outcome));
  });
}

async function runInto(
  results: Results,
  files: readonly string[],
  preload: string,
  env: Readonly<Record<string, string>>,
): Promise<void> {
  const { stdout, stderr } = await runProgram({
    args: ['--test', '--test-timeout=60000', `--test-reporter=${REPORTER}`, ...files],
    cwd: join(folder, 'pino'),
    env: {
      PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
      NODE_OPTIONS: `--import ${preload}`,
      ...env,
    },
    timeoutMs: 400_000,
  });
  const lines = stdout.split('\n').filter((line) => line !== '');
  if (lines.length === 0) throw new Error(`pino's tests did not run: ${stderr}`);
  for (const line of lines) {
    const [outcome, isSkipped, name] = JSON.parse(line) as [string, boolean, string];
    expect(name).toMatch(/^\/test\/\S+ /);
    results.add(name, isSkipped ? 'skip' : outcome);
  }
}
