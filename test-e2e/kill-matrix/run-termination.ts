/** Runs one cell of the matrix: the program with and without direct-logging, and what the server has afterwards. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeMajor } from '../environment/nodes.ts';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';
import type { Queries, Row } from '../environment/victorialogs-queries.ts';
import { LINES } from './stored-lines.ts';
import type { Termination } from './terminations.ts';
import type { Way } from './ways.ts';
import { type Seen, whatItPrinted } from './what-it-printed.ts';

/** One cell, on one Node, with one kind of output. */
export interface Cell {
  readonly way: Way;
  readonly writer: string;
  readonly termination: Termination;
  readonly major: NodeMajor;
  readonly output: 'files' | 'pipes';
}

/** Where it runs. */
export interface Surroundings {
  readonly server: Queries;
  /** Folder with the fixtures and the installed packages. */
  readonly folder: string;
  /** Path of the Node of that version. */
  readonly node: string;
  /** Base URL for the program, and what it needs to trust it. */
  readonly env: Readonly<Record<string, string>>;
  /** How long the program may take; the default is that of `runProgram`. */
  readonly timeoutMs?: number;
}

/** What came out. */
export interface TerminationRun {
  readonly withUs: Seen;
  readonly bare: Seen;
  /** Everything the server has of the run with direct-logging, sorted by `_time`. */
  readonly rows: readonly Row[];
}

/** Where lines may be missing, so long without another one shows that no more come. They arrive in milliseconds. */
const SETTLED_AFTER_MS = 1_000;
const MAX_WAIT_MS = 10_000;

export async function runTermination(
  cell: Cell,
  surroundings: Surroundings,
): Promise<TerminationRun> {
  const name = `kill-${randomUUID()}`;
  const env = { ...surroundings.env, VICTORIALOGS_CONTAINER_NAME: name };
  const [bare, withUs] = await Promise.all([
    bareRun(cell, surroundings),
    start(cell, surroundings, cell.way.withUs, env),
  ]);
  return {
    bare,
    withUs: whatItPrinted(withUs),
    rows: await settledRows(
      cell,
      surroundings.server,
      `{container_name="${name}"} | sort by (_time)`,
    ),
  };
}

const bareRuns = new Map<string, Promise<Seen>>();

/** What it does without direct-logging is the same for each way to a server. */
function bareRun(cell: Cell, surroundings: Surroundings): Promise<Seen> {
  const { way, writer, termination, output } = cell;
  const key = [
    surroundings.node,
    surroundings.folder,
    ...way.bare,
    writer,
    termination.name,
    output,
  ].join(' ');
  const run = bareRuns.get(key) ?? start(cell, surroundings, way.bare, {}).then(whatItPrinted);
  bareRuns.set(key, run);
  return run;
}

function start(
  { termination, writer, output }: Cell,
  { node, folder, timeoutMs }: Surroundings,
  flags: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<ProgramRun> {
  const args = [...(termination.nodeArgs ?? []), ...flags, 'program.cjs', writer, termination.name];
  return runProgram({ node, args, env, output, cwd: folder, timeoutMs });
}

/** The rows once all lines are there. A busy machine may need long, so they are waited for where none may be missing. */
async function settledRows(cell: Cell, server: Queries, logsql: string): Promise<readonly Row[]> {
  const mayLose = cell.way.limits[cell.termination.name] !== undefined;
  const deadline = Date.now() + MAX_WAIT_MS;
  let rows: readonly Row[] = [];
  for (let changedAt = Date.now(); Date.now() < deadline; await sleep(50)) {
    await server.forceFlush();
    const now = await server.query(logsql);
    if (now.length !== rows.length) changedAt = Date.now();
    rows = now;
    if (rows.length >= LINES || (mayLose && Date.now() - changedAt > SETTLED_AFTER_MS)) break;
  }
  return rows;
}
