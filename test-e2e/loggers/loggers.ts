/** Runs the programs of this folder that log, with or without the preload, and fetches what was shipped. */
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import type { Row } from '../environment/victorialogs-queries.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));

/** What to run. */
interface LoggerRun {
  /** The program in the fixtures, or its absolute path, and its arguments. */
  readonly args: readonly string[];
  /** Whether it is attached without code. */
  readonly preload: boolean;
  /** Records to wait for. */
  readonly expected: number;
  readonly env?: Readonly<Record<string, string>>;
  /** The path of the Node that runs it. Default: that of the tests. */
  readonly node?: string | undefined;
}

/** A server, and programs that log into it. */
export interface Loggers {
  /** A folder for the files that they write. */
  readonly folder: string;
  /** Runs one; its records come in the order of writing. */
  run(run: LoggerRun): Promise<{ readonly run: ProgramRun; readonly rows: readonly Row[] }>;
  stop(): Promise<void>;
}

/** What every file of these tests starts with. */
export async function startLoggers(): Promise<Loggers> {
  const server = await startVictoriaLogs();
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-loggers-'));
  return {
    folder,
    async run({ args, preload, expected, env, node }) {
      const job = randomUUID();
      const run = await runProgram({
        cwd: FIXTURES,
        node,
        args: [...(preload ? ['--import', 'direct-logging'] : []), ...args],
        env: {
          VICTORIALOGS_URL: server.url,
          VICTORIALOGS_JOB: job,
          LOG_LEVEL: 'TRACE',
          FILE: join(folder, job),
          ...env,
        },
      });
      const rows = await server.queryWhen(`job:="${job}"`, expected);
      rows.sort((a, b) => Number(a['shipper.seq']) - Number(b['shipper.seq']));
      return { run, rows };
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The folder of the packages beside the project's own: old versions by name, `winston-3.2`, and bundlers. */
export async function otherPackages(): Promise<string> {
  return pinnedPackages({ name: 'loggers', what: 'older loggers, and bundlers,' });
}
