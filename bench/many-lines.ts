/** How much time, CPU of the program and memory do 300,000 pino lines take until the last one is stored? */
import { randomUUID } from 'node:crypto';
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { installPeers } from './loggers/install-peers.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { beside, told } from './measure/told.ts';
import type { Part } from './removal/parts.ts';
import { productWithout } from './removal/product.ts';
import { fixed, megabytes, microseconds, report, times } from './report/report.ts';

interface Case {
  readonly way: string;
  /** Its name in `make-logger.mjs`, or `ready-made`. */
  readonly maker: string;
  readonly preloaded?: boolean;
  readonly ships: boolean;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Run {
  readonly seconds: number;
  readonly cpuMicroseconds: number;
  readonly peakBytes: number;
}

const LINES = 300_000;
const WITHOUT: Partial<Readonly<Record<Part, string>>> = {
  acknowledgement: 'keeping lines until they are acknowledged',
  delivery: 'queue and requests',
  'pino destination': "reading and encoding pino's line",
};
const MAX_MS = 60_000;
const PROGRAM = beside(import.meta, 'many-lines/program.mjs');
const ALONE: Case = { way: 'pino alone, to /dev/null', maker: 'pino', ships: false };
const BASELINE: Case = { way: 'baseline', maker: 'pino baseline', ships: true };
const DESTINATION: Case = { way: 'ours: pinoDestination', maker: 'pino destination', ships: true };
/** V8's young generation grows to three times its default of 16 MB while it is busy. */
const CAPPED = ['--max-semi-space-size=1'];
const KEPT: Case = {
  ...{ ...BASELINE, way: 'baseline, keeps lines until they are acknowledged' },
  env: { BENCH_EACH: 'kept' },
};
const without = async (part: Part): Promise<Case> => ({
  ...{ ...DESTINATION, way: `ours, without ${WITHOUT[part]}` },
  ships: part === 'acknowledgement',
  env: { BENCH_PRODUCT: await productWithout(part) },
});
/** Each does less than the one before, but for the last two. */
const REMOVALS: readonly Case[] = [
  DESTINATION,
  await without('acknowledgement'),
  await without('delivery'),
  await without('pino destination'),
  { ...DESTINATION, way: 'ours, a small young generation', flags: CAPPED },
  BASELINE,
  KEPT,
  { ...KEPT, way: 'the same, a small young generation', flags: CAPPED },
];
const CASES: readonly Case[] = [
  ALONE,
  BASELINE,
  DESTINATION,
  { way: 'ours: auto, pino to /dev/null', maker: 'pino', preloaded: true, ships: true },
  { way: 'ready-made bytes through undici', maker: 'ready-made', ships: true },
];

const server = await startVictoriaLogs();
try {
  const peers = await installPeers();
  const runs = await inTurns(roundsOr(3), [...new Set([...CASES, ...REMOVALS])], (one) =>
    run(one, peers),
  );
  const seconds = least(runs, (run) => run.seconds);
  const cpu = least(runs, ({ cpuMicroseconds }) => cpuMicroseconds / LINES);
  const memory = least(runs, ({ peakBytes }) => peakBytes);
  await report({
    name: 'removal-many-lines',
    page: 'decisions/cost-of-a-line.md',
    head: ['', 'CPU a line', 'beside the baseline', 'peak memory'],
    rows: REMOVALS.map((one) => [
      one.way,
      microseconds(cpu(one)),
      times(cpu(one), cpu(BASELINE)),
      megabytes(memory(one)),
    ]),
  });
  await report({
    name: 'many-lines',
    head: ['', 'until the last is stored', 'CPU a line', 'beside the baseline', 'peak memory'],
    rows: CASES.map((one) => [
      one.way,
      one.ships ? `${fixed(seconds(one))} s` : '',
      microseconds(cpu(one)),
      times(cpu(one), cpu(BASELINE)),
      megabytes(memory(one)),
    ]),
    plots: {
      'many-lines': {
        kind: 'bars',
        title: '300,000 pino lines, to the last one stored',
        points: [
          ...points(
            'until the last line is stored, s',
            CASES.filter(({ ships }) => ships),
            seconds,
          ),
          ...points('CPU a line, µs', CASES, cpu),
          ...points('peak memory, MB', CASES, (one) => memory(one) / 1e6),
        ],
      },
    },
    goals: {
      manyLinesCpu: cpu(DESTINATION) / cpu(BASELINE),
      manyLinesMemory: memory(DESTINATION) / 1e6,
    },
  });
} finally {
  await server.stop();
}

async function run(
  { maker, preloaded, ships, flags = [], env }: Case,
  peers: string,
): Promise<Run> {
  const id = `run${randomUUID().replaceAll('-', '')}`;
  const { startedAt, ...measured } = await told<Omit<Run, 'seconds'> & { startedAt: number }>({
    flags: [...flags, ...(preloaded ? ['--import', '@direct-logging/auto'] : [])],
    program: PROGRAM,
    args: [maker, id, LINES],
    env: {
      BENCH_PEERS: peers,
      BENCH_SERVER: server.url,
      ...(preloaded ? { VICTORIALOGS_URL: server.url } : {}),
      ...env,
    },
  });
  if (ships) await untilStored(id);
  const seconds = (performance.timeOrigin + performance.now() - startedAt) / 1000;
  return { ...measured, seconds };
}

/** @throws Error if lines are still missing after a minute. */
async function untilStored(id: string): Promise<void> {
  const before = performance.now();
  for (;;) {
    await server.forceFlush();
    const [row] = await server.query(`${id} | stats count() as lines`);
    if (Number(row?.lines) === LINES) return;
    if (performance.now() - before > MAX_MS) throw new Error(`Only ${row?.lines} are stored.`);
  }
}

function points(group: string, cases: readonly Case[], value: (one: Case) => number) {
  return cases.map((one) => ({ group, way: one.way, value: value(one) }));
}
