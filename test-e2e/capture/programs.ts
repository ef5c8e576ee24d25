/** Runs a program with and without direct-logging, its output where a user may have led it, and fetches what was shipped. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type NodeMajor, nodeBinary } from '../environment/nodes.ts';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';
import { type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import type { Row } from '../environment/victorialogs-queries.ts';

/** Where stdout leads, as a shell would lead it; stderr goes along only into the terminal. `"$@"` is the program. */
const SHELL: Readonly<Record<string, string>> = {
  terminal: 'script -qec "$*" /dev/null',
  // `true` does not read; the programs wait until it has gone.
  'closed pipe': 'set -o pipefail; "$@" | true',
  'slow reader': 'set -o pipefail; "$@" | (sleep 0.5; cat)',
  'full disk': '"$@" >/dev/full',
};

/** Where stdout leads. */
export type Output = 'files' | 'pipes' | 'terminal' | 'closed pipe' | 'slow reader' | 'full disk';

/** What to run. */
interface CaptureRun {
  /** The program in the fixtures, and its arguments. */
  readonly args: readonly string[];
  readonly output?: Output;
  /** What loads us. Default: `--import`. */
  readonly flag?: '--import' | '--require';
  /** Default: the Node that runs the tests. */
  readonly major?: NodeMajor;
  readonly env?: Readonly<Record<string, string>>;
  /** Records to wait for. Default: 1. */
  readonly expected?: number;
  /** Rows as they are stored, with what differs from run to run. */
  readonly whole?: boolean;
  /** The default is that of `runProgram`. */
  readonly timeoutMs?: number;
}

/** The program without direct-logging, with direct-logging, and what was shipped, in the order of writing. */
interface Comparison {
  readonly bare: ProgramRun;
  readonly shipped: ProgramRun;
  readonly rows: readonly Row[];
}

/** A server and a project with the packages installed. */
export interface Programs {
  readonly project: ScratchProject;
  compare(run: CaptureRun): Promise<Comparison>;
  bare(run: CaptureRun): Promise<ProgramRun>;
  ship(run: CaptureRun): Promise<Omit<Comparison, 'bare'>>;
  stop(): Promise<void>;
}

/** What every file of these tests starts with. */
export async function startPrograms(): Promise<Programs> {
  const server = await startVictoriaLogs();
  const project = await scratchProject({ dependencies: LOGGERS, files: fixtures() });
  const ship: Programs['ship'] = (run) => shipOne(server, project, run);
  const bare: Programs['bare'] = (run) => runOne(project, run, ['--import', './bare.mjs']);
  return {
    project,
    bare,
    ship,
    async compare(run) {
      const [there, shipped] = await Promise.all([bare(run), ship(run)]);
      return { bare: there, ...shipped };
    },
    async stop() {
      await project.remove();
      await server.stop();
    },
  };
}

/** One set for all files, so that it is installed once. */
const LOGGERS = {
  '@aws-lambda-powertools/logger': '2.36.0',
  '@elastic/ecs-pino-format': '1.5.0',
  bunyan: '2.0.5',
  pino: '10.4.0',
  winston: '3.19.0',
};

function fixtures(): Record<string, string> {
  const folder = fileURLToPath(new URL('./fixtures/', import.meta.url));
  const names = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
  return Object.fromEntries(names.map((name) => [name, folder + name]));
}

async function shipOne(
  server: VictoriaLogs,
  project: ScratchProject,
  run: CaptureRun,
): Promise<Omit<Comparison, 'bare'>> {
  const job = `capture-${randomUUID()}`;
  const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job, LOG_LEVEL: 'TRACE' };
  const preload = [run.flag ?? '--import', 'direct-logging'];
  const shipped = await runOne(project, { ...run, env: { ...env, ...run.env } }, preload);
  const rows = await server.queryWhen(`job:="${job}" | sort by (_time)`, run.expected ?? 1);
  return { shipped, rows: run.whole === true ? rows : rows.map(withoutIds) };
}

async function runOne(
  project: ScratchProject,
  { args, output = 'files', env, major, timeoutMs }: CaptureRun,
  preload: readonly string[],
): Promise<ProgramRun> {
  const node = major === undefined ? process.execPath : await nodeBinary(major);
  const shell = SHELL[output];
  const command = [...preload, ...args];
  const run = await runProgram({
    cwd: project.folder,
    env,
    timeoutMs,
    ...(shell === undefined
      ? { node, args: command, output: output === 'pipes' ? 'pipes' : 'files' }
      : { node: 'bash', args: ['-c', shell, 'bash', node, ...command] }),
  });
  return { ...run, stdout: withoutVarying(run.stdout), stderr: withoutVarying(run.stderr) };
}

/** What differs from run to run in what is printed: the process id, the time and how long something took. */
function withoutVarying(text: string): string {
  return withoutVaryingText(text)
    .replaceAll(/"(pid|process\.pid|time)":\d+/g, '"$1":1')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'then');
}

/** The same in the message of a record, whose own times are left to the tests. */
function withoutVaryingText(text: string): string {
  return text.replaceAll(/\(node:\d+\)/g, '(node:1)').replaceAll(/^time: [\d.]+m?s/gm, 'time: 1ms');
}

const VARYING = new Set([
  ...['_time', '_stream', '_stream_id', 'container_name', 'job', 'shipper.id', 'shipper.seq'],
  ...['pid', 'hostname'],
]);

/** Characters of a time up to its milliseconds. */
const MILLISECONDS = 23;

/** A row without what differs from run to run, and without what the server adds. */
function withoutIds(row: Row): Row {
  const record = Object.fromEntries(Object.entries(row).filter(([name]) => !VARYING.has(name)));
  const _msg = withoutVaryingText(row._msg ?? '');
  const time = (row._time ?? '').slice(0, MILLISECONDS);
  return { ...record, _msg, time, seq: row['shipper.seq'] ?? '' };
}
