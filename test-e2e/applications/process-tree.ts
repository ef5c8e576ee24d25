/** A project whose programs start others, all with the preload, and what of their output is in VictoriaLogs. */
import { randomUUID } from 'node:crypto';
import { cp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { FLAGS } from '../environment/nodes.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { type ProgramOptions, type ProgramRun, runProgram } from '../environment/run-program.ts';
import { scratchProject } from '../environment/scratch-project.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import type { Row } from '../environment/victorialogs-queries.ts';

/** What `child.mjs` prints, sorted, without the blank line. */
export const CHILD = [
  'child: descriptor',
  'child: error',
  'child: json',
  'child: last',
  'child: log',
  'child: two\nlines',
  'child: written',
  'the same',
  'the same',
] as const;

/** What to run, and until when. */
interface TreeRun extends ProgramOptions {
  /** How many records to wait for, some seconds at most. */
  readonly count: number;
  /** Which of them. Default: all. */
  readonly filter?: string;
  readonly flag?: (typeof FLAGS)[number];
  /** The preload for `--require`. Default: the one of the project. */
  readonly preload?: string;
  /** Called when they are there, for programs that do not end by themselves. */
  readonly whenThere?: () => Promise<void>;
}

/** The project. */
export interface ProcessTree {
  /** Has `child.mjs`, `parent.mjs` and the packages that start others. */
  readonly folder: string;
  /** Runs a program there, and gives back how it ended with its records. */
  run(options: TreeRun): Promise<{ readonly ended: ProgramRun; readonly rows: Row[] }>;
  stop(): Promise<void>;
}

export async function startProcessTree(): Promise<ProcessTree> {
  const server = await startVictoriaLogs();
  const project = await scratchProject();
  const folder = join(project.folder, 'apps');
  await cp(fileURLToPath(new URL('./fixtures/children/', import.meta.url)), folder, {
    recursive: true,
  });
  const theirs = await pinnedPackages({ name: 'runners', what: 'programs that start others' });
  await symlink(theirs, join(folder, 'node_modules'));
  const auto = join(project.nodeModules, 'direct-logging/dist');
  const preload = {
    '--import': `--import ${pathToFileURL(join(auto, 'import.js')).href}`,
    '--require': `--require ${join(auto, 'index.cjs')}`,
  };
  return {
    folder,
    async run({ count, filter = '*', flag = '--import', preload: own, whenThere, ...options }) {
      const job = randomUUID();
      const ours = {
        VICTORIALOGS_URL: server.url,
        VICTORIALOGS_JOB: job,
        // Beside other tests, the server may answer later than an exit waits as a rule.
        VICTORIALOGS_EXIT_TIMEOUT_MS: '15000',
      };
      const NODE_OPTIONS = own === undefined ? preload[flag] : `--require ${own}`;
      const env = { ...options.env, ...ours, NODE_OPTIONS };
      const running = runProgram({ cwd: folder, ...options, env });
      if (whenThere === undefined) await running;
      const rows = await server.queryWhen(`job:="${job}" ${filter}`, count);
      await whenThere?.();
      return { ended: await running, rows };
    },
    async stop() {
      await project.remove();
      await server.stop();
    },
  };
}

/** The messages, sorted. */
export function messagesOf(rows: readonly Row[]): string[] {
  return rows.map((row) => row._msg ?? '').sort();
}

/** Makes the folder a package with this manifest. */
export async function writePackage(
  folder: string,
  manifest: Readonly<Record<string, unknown>>,
): Promise<void> {
  const whole = { name: 'shop', private: true, ...manifest };
  await writeFile(join(folder, 'package.json'), JSON.stringify(whole));
}
