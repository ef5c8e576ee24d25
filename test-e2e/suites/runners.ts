/** Runs the tests of a package with the runner they were written for, and tells what each came to. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';

/** Which tests to run, and how. */
export interface SuiteRun {
  /** The package. */
  readonly folder: string;
  readonly node: string;
  readonly env: Readonly<Record<string, string>>;
  /** The files with tests, by their path in the folder. */
  readonly files: readonly string[];
}

/** What one test came to. */
export interface Outcome {
  /** One of the files that were to run. */
  readonly file: string;
  readonly test: string;
  readonly outcome: string;
}

/** Runs the files. Throws where no test could run. */
export type Runner = (run: SuiteRun) => Promise<Outcome[]>;

const REPORTER = fileURLToPath(new URL('./fixtures/results-reporter.mjs', import.meta.url));
const TIMEOUT_MS = 1_700_000;

/** Node's own test runner, with these flags. */
export function nodeTest(...flags: readonly string[]): Runner {
  return async (run) => {
    const args = [...flags, '--test', '--test-timeout=120000', `--test-reporter=${REPORTER}`];
    const { stdout, stderr, timedOut } = await start(run, [...args, ...run.files]);
    if (timedOut) throw new Error(`The tests took longer than ${TIMEOUT_MS / 1000} seconds`);
    const lines = stdout.split('\n').filter((line) => line !== '');
    if (lines.length === 0) throw new Error(`The tests did not run: ${stderr}`);
    return lines.map((line) => {
      const [outcome, isSkipped, path, test] = JSON.parse(line) as [
        string,
        boolean,
        string,
        string,
      ];
      return { file: relative(run.folder, path), test, outcome: isSkipped ? 'skip' : outcome };
    });
  };
}

/** Mocha, with these arguments. */
export function mocha(...options: readonly string[]): Runner {
  return async (run) => {
    const { tests, pending, failures } = await reportOf<MochaReport>(run, (report) => [
      // By this path: some tests look at the name of the program.
      ...[
        '../node_modules/.bin/mocha',
        '--exit',
        '--reporter=json',
        `--reporter-option=output=${report}`,
      ],
      ...[...options, ...run.files],
    ]);
    const skipped = new Set(pending.map(({ fullTitle }) => fullTitle));
    // A hook that failed is among these and not among the tests.
    const failed = new Set(failures.map(({ fullTitle }) => fullTitle));
    return [...tests, ...failures].map(({ file, fullTitle }) => ({
      file: relative(run.folder, file),
      test: fullTitle,
      outcome: failed.has(fullTitle) ? 'fail' : skipped.has(fullTitle) ? 'skip' : 'pass',
    }));
  };
}

/** Jest. */
export const jest: Runner = async (run) => {
  const { testResults } = await reportOf<JestReport>(run, (report) => [
    ...['../node_modules/.bin/jest', '--config={"testEnvironment":"node"}', '--json'],
    ...[`--outputFile=${report}`, '--runTestsByPath', ...run.files],
  ]);
  return testResults.flatMap(({ name, status, assertionResults }) => {
    const file = relative(run.folder, name);
    const tests = assertionResults.map((one) => ({
      file,
      test: one.fullName,
      outcome: one.status,
    }));
    return [{ file, test: '', outcome: status }, ...tests];
  });
};

/** The lines by which programs say what their tests came to, as TAP and nodeunit do. */
export const REPORTED = /^\s*(ok|not ok|✔|✖) (.*?)(?: # time=.*)?$/gm;

/**
 * Each file as a program of its own, `before` it these arguments. Its tests are its exit status, and the lines that it
 * prints in this form.
 */
export function programs(reported: RegExp | undefined, ...before: readonly string[]): Runner {
  return async (run) => {
    const waiting = [...run.files.entries()];
    const outcomes: Outcome[] = [];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [number, file] = next;
        const flags = await flagsOf(join(run.folder, file));
        // Node's tests keep their files apart by this.
        const env = { ...run.env, TEST_THREAD_ID: String(number) };
        const ended = await start({ ...run, env }, [...flags, ...before, file], 120_000);
        outcomes.push(...outcomesOf(file, ended, reported));
      }
    };
    await Promise.all(Array.from({ length: availableParallelism() }, work));
    return outcomes;
  };
}

/** What a test of Node wants to be started with. */
async function flagsOf(path: string): Promise<string[]> {
  const text = await readFile(path, 'utf8');
  return [...text.matchAll(/^\/\/ Flags: (.*)$/gm)].flatMap(([, flags = '']) => flags.split(/\s+/));
}

function outcomesOf(file: string, run: ProgramRun, reported: RegExp | undefined): Outcome[] {
  const { code, signal, timedOut, stdout } = run;
  const lines = reported === undefined ? [] : [...stdout.matchAll(reported)];
  return [
    { file, test: '', outcome: timedOut ? 'timed out' : String(signal ?? code) },
    ...lines.map(([, outcome = '', name = ''], at) => {
      // Some name the time and the process in it.
      return { file, test: `${at} ${name.replaceAll(/\d+/g, 'N')}`, outcome };
    }),
  ];
}

/** Of what Mocha reports. */
interface MochaReport {
  readonly tests: readonly MochaTest[];
  readonly pending: readonly MochaTest[];
  readonly failures: readonly MochaTest[];
}

interface MochaTest {
  readonly file: string;
  readonly fullTitle: string;
}

/** Of what Jest reports. */
interface JestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

async function reportOf<T>(run: SuiteRun, args: (report: string) => string[]): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-report-'));
  try {
    const report = join(folder, `${randomUUID()}.json`);
    const { stderr } = await start(run, args(report));
    const text = await readFile(report, 'utf8').catch(() => undefined);
    if (text === undefined) throw new Error(`The tests did not run: ${stderr}`);
    return JSON.parse(text) as T;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function start(
  { folder, node, env }: SuiteRun,
  args: readonly string[],
  timeoutMs = TIMEOUT_MS,
): Promise<ProgramRun> {
  const PATH = [dirname(node), process.env.PATH].join(delimiter);
  return runProgram({ node, args, cwd: folder, env: { PATH, ...env }, timeoutMs });
}
