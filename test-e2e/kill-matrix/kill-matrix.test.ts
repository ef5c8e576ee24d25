/** The kill matrix: every way to end, with every writer; what was written before is stored, and nobody notices us. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun, isSample, sampleOf } from '../environment/extent.ts';
import { forTests, testProject } from '../environment/for-tests.ts';
import { NODE_MAJORS, type NodeMajor, nodeBinary } from '../environment/nodes.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { LOGGERS } from '../environment/scratch-project.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import type { Queries } from '../environment/victorialogs-queries.ts';
import { type InBetween, nginxStream, vmauth } from '../outages/in-between.ts';
import { keepCells, type MeasuredCell } from './measured.ts';
import { type Cell, runTermination, type TerminationRun } from './run-termination.ts';
import { ALL_LINES, LINES, storedLines } from './stored-lines.ts';
import { TERMINATIONS, type Termination } from './terminations.ts';
import { ownTlsOptions, startTlsProxy } from './tls-proxy.ts';
import { PASSED_ON, WAYS, type Way } from './ways.ts';
import type { Seen } from './what-it-printed.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const whole = isFullRun();
const OTHERS = NODE_MAJORS.filter((major) => major !== 24);
const majors: readonly NodeMajor[] = whole ? NODE_MAJORS : isSample() ? sampleOf(OTHERS, 1) : [24];
const tried = isSample() ? sampleOf(TERMINATIONS, 6) : TERMINATIONS;

const ownTls = forTests(ownTlsOptions);
const server = forTests(() => startVictoriaLogs({ prefer: 'process', args: ownTls.args }));
const proxy = forTests(() => startTlsProxy(server.url));
let between: { readonly vmauth: InBetween; readonly nginx: InBetween } | undefined;
const project = testProject({
  files: Object.fromEntries(readdirSync(FIXTURES).map((name) => [name, FIXTURES + name])),
  dependencies: LOGGERS,
});
const ways = WAYS.filter(({ fullRunsOnly }) => whole || fullRunsOnly === undefined);
/** Ways that share a server and a preload, and differ in how it is loaded; and the ways over TLS. */
const SHARING = [
  ways.filter(({ name }) => name === 'import' || name === 'require'),
  ways.filter(({ server }) => server.includes('https')),
];
const results: MeasuredCell[] = [];

beforeAll(async () => {
  if (whole) between = { vmauth: await vmauth(ownTls), nginx: await nginxStream(ownTls) };
});

afterAll(async () => {
  keepCells('results', results);
  await between?.vmauth.stop();
  await between?.nginx.stop();
});

for (const major of majors) {
  for (const way of ways) {
    describe.concurrent(`Node ${major}, ${way.title}`, () => {
      for (const cell of cellsOf(way, major)) {
        const { termination, writer, output } = cell;
        const name = `${termination.title}, ${writer}, ${output}`;
        const reason = way.limits[termination.name];
        if (reason === undefined) it(`keeps every line: ${name}`, () => keepsEveryLine(cell));
        else it(`is not noticed, and loses what it must: ${name}`, () => isMeasured(cell, reason));
      }
    });
  }
}

/**
 * Outside the matrix, the kinds of output take turns. In `npm test` so do the writers, the flags that load the preload, and the ways
 * over TLS, so that every other way meets every termination. What is only measured there is left to the matrix.
 */
function cellsOf(way: Way, major: NodeMajor): Cell[] {
  const isMet = ({ name }: Termination) => way.terminations?.includes(name) ?? true;
  // A sample may have none of those that a way has.
  const terminations = (tried.some(isMet) ? tried : TERMINATIONS).filter(isMet);
  const sharing = SHARING.find((some) => some.includes(way)) ?? [way];
  return terminations.flatMap((termination, row) => {
    const turn = Math.floor(row / sharing.length);
    const round = turn + ways.indexOf(way);
    const limit = way.limits[termination.name];
    const isDue =
      sharing[row % sharing.length] === way && (limit === undefined || limit === PASSED_ON);
    return way.writers.flatMap((writer, column) => {
      const isTurn = whole || isSample() || (isDue && column === round % way.writers.length);
      const both = ['files', 'pipes'] as const;
      const outputs = whole ? both : both.filter((_, at) => isTurn && at === (turn + column) % 2);
      return outputs.map((output) => ({ way, writer, termination, major, output }));
    });
  });
}

async function keepsEveryLine(cell: Cell): Promise<void> {
  const run = await measure(cell);
  expect(storedLines(run.rows)).toEqual(ALL_LINES);
  expectUnchanged(run, cell);
  const { fatal } = cell.termination;
  if (fatal === undefined || cell.way.withUs.length === 0) return;
  const stack = expect.stringMatching(new RegExp(`^Error: ${fatal}\n +at `));
  expect(run.rows.filter(({ level }) => level === 'FATAL')).toEqual([
    expect.objectContaining({
      _msg: expect.stringContaining(fatal),
      'error.message': fatal,
      'error.stack': stack,
    }),
  ]);
}

async function isMeasured(cell: Cell, reason: string): Promise<void> {
  const run = await measure(cell);
  const { present } = storedLines(run.rows);
  const lost = LINES - present;
  const { way, termination, writer, major, output } = cell;
  const where = `Node ${major}, ${way.title}, ${writer}, ${output}, ${termination.title}`;
  const why = lost > 0 ? `, because ${reason}` : ', this time';
  sayOnStderr(`${where}: ${lost} of ${LINES} lines lost${why}`);
  if (reason === PASSED_ON) expect(present).toBeGreaterThanOrEqual(printedLines(run));
  expectUnchanged(run, cell);
}

function printedLines({ withUs }: TerminationRun): number {
  return withUs.stdout.match(/line \d+: sold/g)?.length ?? 0;
}

function expectUnchanged({ withUs, bare }: TerminationRun, cell: Cell): void {
  expect(steadyPart(withUs, cell)).toEqual(steadyPart(bare, cell));
}

async function measure(cell: Cell): Promise<TerminationRun> {
  const { way, writer, termination, major, output } = cell;
  const node = await nodeBinary(major);
  const { queries, env } = serverOf(way);
  const run = await runTermination(cell, { server: queries, folder: project.folder, node, env });
  const unchanged = isDeepStrictEqual(steadyPart(run.withUs, cell), steadyPart(run.bare, cell));
  const names = { way: way.name, writer, termination: termination.name, node: major, output };
  results.push({ ...names, ...storedLines(run.rows), unchanged });
  return run;
}

/** Where the lines of this way go, and what the program needs to find and to trust it. */
function serverOf({ server: kind }: Way): { queries: Queries; env: Record<string, string> } {
  switch (kind) {
    case 'address':
      return at(server.url);
    case 'name':
      return at(nameInsteadOfAddress(server.url));
    case 'https':
      return at(proxy.url, proxy.certificate);
    case 'own https':
      return at(ownTls.url, ownTls.certificate);
    default: {
      const front = between?.[kind];
      if (front === undefined) throw new Error(`${kind} is started in full runs alone.`);
      return at(front.url, ownTls.certificate, front.queries);
    }
  }
}

function at(url: string, trusted?: string, queries: Queries = server) {
  const env = {
    VICTORIALOGS_URL: url,
    ...(trusted === undefined ? {} : { NODE_EXTRA_CA_CERTS: trusted }),
    // Beside other tests, the server may answer later than an exit waits as a rule.
    ...(whole ? {} : { VICTORIALOGS_EXIT_TIMEOUT_MS: '15000' }),
  };
  return { queries, env };
}

function nameInsteadOfAddress(url: string): string {
  return url.replace('//127.0.0.1:', '//localhost:');
}

/** Without stdout where what is printed differs between two runs without direct-logging. */
function steadyPart(seen: Seen, { termination, writer }: Cell): Partial<Seen> {
  const { stdout, ...rest } = seen;
  return termination.unsteady?.includes(writer) ? rest : seen;
}
