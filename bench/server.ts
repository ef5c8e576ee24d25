/**
 * What does a line cost the server when 8 to 64 processes log bursts of ten lines, or lone lines? The baseline writes a chunk a
 * line into one request a second. Its variants show what the requests cost, what it costs that each write wakes the server, and what our
 * fields cost. A variant of ours shows what its early ends of requests cost.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { bareEnvironment } from '../test-e2e/environment/run-program.ts';
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { preloadOf } from './calls/cost.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { beside, FOLDER } from './measure/told.ts';
import { productWithout } from './removal/product.ts';
import { microseconds, report, times } from './report/report.ts';
import { serverCpu } from './server/server-cpu.ts';

interface Case {
  readonly way: string;
  readonly preload: string;
  /** See `bench/baseline/connection.mjs`. */
  readonly each?: 'segment' | 'request' | 'write';
  readonly processes: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Lines per second of each process. */
  readonly perSecond: number;
  /** Lines of a burst. */
  readonly burst: number;
}

const SECONDS = 5;
/** Time for the last request to end and for the server to write what it stored last. */
const AFTER_MS = 2_000;
const MAX_MS = 30_000;
const PROGRAM = beside(import.meta, 'server/program.mjs');
const BASELINE: Pick<Case, 'way' | 'preload' | 'each'> = {
  way: 'baseline',
  each: 'segment',
  preload: beside(import.meta, 'baseline/console.mjs'),
};
const OURS = { way: 'ours: auto', preload: '@direct-logging/auto' };
const A_REQUEST = { ...BASELINE, way: 'baseline, a request a burst', each: 'request' } as const;
const A_WRITE = { ...BASELINE, way: 'baseline, one write a burst', each: 'write' } as const;
const ONE_A_SECOND = {
  way: 'ours, without ending requests early',
  preload: preloadOf(await productWithout('early ends')),
};
const OUR_FIELDS = {
  ...BASELINE,
  way: 'baseline, with all fields of ours',
  env: { BENCH_FIELDS: 'ours' },
};
const LOADS = [
  { processes: 8, perSecond: 200, burst: 10 },
  { processes: 32, perSecond: 20, burst: 1 },
  { processes: 64, perSecond: 40, burst: 1 },
];
const CASES: readonly Case[] = LOADS.flatMap((load) => [
  { ...BASELINE, ...load },
  { ...A_REQUEST, ...load },
  ...(load.burst > 1 ? [A_WRITE, OUR_FIELDS].map((one) => ({ ...one, ...load })) : []),
  { ...OURS, ...load },
  { ...ONE_A_SECOND, ...load },
]);

const server = await startVictoriaLogs({ own: true });
try {
  const idle = await whileIdle();
  const runs = await inTurns(roundsOr(1), CASES, async (one) => (await run(one)) - idle);
  const cost = least(runs, (cpu) => cpu);
  const perLine = (one: Case) => cost(one) / linesOf(one);
  const name = ({ processes, perSecond, burst }: Case) =>
    `${processes} × ${perSecond} a second, ${burst > 1 ? 'in bursts of ten' : 'lone lines'}`;
  const baselineOf = (one: Case) =>
    CASES.find((other) => other.way === 'baseline' && other.processes === one.processes) as Case;
  const ours = (processes: number) =>
    CASES.find((one) => one.way === OURS.way && one.processes === processes) as Case;
  const oursAt = (processes: number) =>
    perLine(ours(processes)) / perLine(baselineOf(ours(processes)));
  await report({
    name: 'server',
    head: ['processes', '', "the server's CPU for a line", 'beside the baseline'],
    rows: CASES.map((one) => [
      one.way === 'baseline' ? name(one) : '',
      one.way,
      microseconds(perLine(one)),
      times(perLine(one), perLine(baselineOf(one))),
    ]),
    plots: {
      server: {
        kind: 'bars',
        title: 'What a line costs the server',
        axis: "µs of the server's CPU a line",
        points: CASES.map((one) => ({ group: name(one), way: one.way, value: perLine(one) })),
      },
    },
    goals: { serverBursts: oursAt(8), serverLone: oursAt(32), serverMany: oursAt(64) },
    facts: { 'server:bursts': perLine(ours(8)), 'server:lone': perLine(ours(32)) },
  });
} finally {
  await server.stop();
}

/** CPU of an idle server, in the time of a run. */
async function whileIdle(): Promise<number> {
  await sleep(AFTER_MS);
  const before = await serverCpu();
  await sleep(SECONDS * 1000 + AFTER_MS);
  return (await serverCpu()) - before;
}

/** The processes connect before they log, so that only the lines are measured. */
async function run(one: Case): Promise<number> {
  const before = await stored();
  const children: ChildProcess[] = [];
  // One after the other: many starts at once would keep this machine busy for longer than a start waits to connect.
  for (let number = 0; number < one.processes; number++) children.push(await ready(one));
  const cpu = await serverCpu();
  for (const child of children) child.stdin?.write('go');
  await Promise.all(children.map((child) => once(child, 'close')));
  await sleep(AFTER_MS);
  const spent = (await serverCpu()) - cpu;
  await untilStored(one, before + linesOf(one));
  return spent;
}

async function ready({ preload, perSecond, burst, each, env }: Case): Promise<ChildProcess> {
  const args = ['--import', preload, PROGRAM, ...[perSecond, burst, SECONDS].map(String)];
  const child = spawn(process.execPath, args, {
    cwd: FOLDER,
    env: {
      ...bareEnvironment(),
      BENCH_SERVER: server.url,
      VICTORIALOGS_URL: server.url,
      ...(each === undefined ? {} : { BENCH_EACH: each }),
      ...env,
    },
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
  await once(child.stdio[3] as Readable, 'data');
  return child;
}

function linesOf({ processes, perSecond }: Case): number {
  return processes * perSecond * SECONDS;
}

/** @throws Error if they are not stored after half a minute. */
async function untilStored(one: Case, lines: number): Promise<void> {
  const deadline = performance.now() + MAX_MS;
  for (let there = await stored(); there < lines; there = await stored()) {
    if (performance.now() < deadline) continue;
    throw new Error(`${lines - there} lines are not stored: ${JSON.stringify(one)}`);
  }
}

async function stored(): Promise<number> {
  await server.forceFlush();
  const [row] = await server.query('* | stats count() as lines');
  return Number(row?.lines ?? 0);
}
