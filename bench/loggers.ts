/**
 * What do the ways to ship the lines of pino and winston cost, and how many lines arrive? With `--write`, the tables also
 * go into docs/performance.md.
 */
import { table, writeIntoDocs } from '../test-e2e/environment/docs-tables.ts';
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { startCountingServer } from './loggers/counting-server.ts';
import { installPeers } from './loggers/install-peers.ts';
import { type Ending, type Run, runWay, type Surroundings } from './loggers/run-way.ts';
import { WAYS, type Way } from './loggers/ways.ts';

const BURST = 20_000;
const BURSTS = 3;
const STARTS = 5;
const ENDING_LINES = 100;
/** A way that has not ended by then never does. */
const MAX_ENDING_MS = 20_000;
const ENDINGS: readonly Ending[] = [
  'natural',
  'process.exit at once',
  'SIGTERM at once',
  'SIGTERM later',
  'SIGKILL later',
];

const surroundings: Surroundings = {
  server: await startVictoriaLogs(),
  countingServer: await startCountingServer(),
  peers: await installPeers(),
};
try {
  const tables = `${await costs()}\n\n${await endings()}`;
  console.log(`\n${tables}`);
  if (process.argv.includes('--write')) await writeIntoDocs('performance.md', 'loggers', tables);
} finally {
  surroundings.countingServer.stop();
  await surroundings.server.stop();
}

/** The ways take turns, so that a disturbance of the machine affects all of them. */
async function inTurns(times: number, run: (way: Way) => Promise<Run>): Promise<Map<Way, Run[]>> {
  const runs = new Map<Way, Run[]>(WAYS.map((way) => [way, []]));
  for (let time = 0; time < times; time++) {
    for (const way of WAYS) {
      runs.get(way)?.push(await run(way));
      process.stderr.write('.');
    }
  }
  process.stderr.write('\n');
  return runs;
}

async function costs(): Promise<string> {
  const ending = (way: Way) => (way.mustBeClosed ? 'closed' : 'natural');
  const bursts = await inTurns(BURSTS, (way) => runWay(way, ending(way), BURST, surroundings));
  const starts = await inTurns(STARTS, (way) => runWay(way, ending(way), 1, surroundings));
  const of = (runs: Map<Way, Run[]>, value: (run: Run) => number) => (way: Way) =>
    leastDisturbed((runs.get(way) ?? []).map(value));
  const columns: [string, (way: Way) => number][] = [
    ['a call', of(bursts, (run) => run.callMicroseconds)],
    ['processor time a line', of(bursts, (run) => run.cpuMicroseconds)],
    ['memory', of(bursts, (run) => run.peakBytes)],
    ['start to first line', of(starts, (run) => run.firstLineMs)],
    ['start to end', of(starts, (run) => run.endedMs ?? Number.NaN)],
  ];
  const reached = of(bursts, (run) => run.arrived);
  const msForLine = of(bursts, (run) => run.loggingMs / run.arrived);
  return table(
    ['', ...columns.map(([title]) => title), 'throughput', `arrived of ${count(BURST)}`],
    WAYS.map((way) => [
      way.title,
      ...columns.map(([, value]) => times(value(way) / value(plainOf(way)))),
      times(msForLine(plainOf(way)) / msForLine(way)),
      way.to === 'nowhere' ? '' : count(reached(way)),
    ]),
  );
}

async function endings(): Promise<string> {
  const runs = new Map<Ending, Map<Way, Run[]>>();
  for (const ending of ENDINGS) {
    const run = (way: Way) => runWay(way, ending, ENDING_LINES, surroundings, MAX_ENDING_MS);
    runs.set(ending, await inTurns(1, run));
  }
  const cell = (way: Way, ending: Ending): string => {
    const [run] = runs.get(ending)?.get(way) ?? [];
    return `${run?.arrived}${run?.endedMs === undefined ? ', and it never ended' : ''}`;
  };
  return table(
    [`arrived of ${ENDING_LINES} lines`, ...ENDINGS],
    WAYS.filter(({ to }) => to !== 'nowhere').map((way) => [
      way.title,
      ...ENDINGS.map((ending) => cell(way, ending)),
    ]),
  );
}

function plainOf({ plain }: Way): Way {
  return WAYS.find(({ maker }) => maker === plain) as Way;
}

function times(ratio: number): string {
  return `×${ratio.toFixed(ratio < 1 ? 2 : ratio < 10 ? 1 : 0)}`;
}

function count(lines: number): string {
  return lines.toLocaleString('en');
}

function leastDisturbed(values: readonly number[]): number {
  return Math.min(...values);
}
