/** What does the start of a program cost that logs one line: without direct-logging, with direct-logging, and with the least that ships a line? */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NODE_MAJORS, nodeBinary } from '../test-e2e/environment/nodes.ts';
import { pinnedPackages } from '../test-e2e/environment/pinned-packages.ts';
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { installPeers } from './loggers/install-peers.ts';
import { cachedPreload } from './measure/cached-preload.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { beside, told } from './measure/told.ts';
import { fixed, report } from './report/report.ts';

interface Case {
  readonly major: 20 | 24;
  readonly way: string;
  readonly flags: readonly string[];
  readonly withUrl: boolean;
}

interface Start {
  /** Processor time of all threads, from the start of the process to its end. */
  readonly cpuMs: number;
  readonly ms: number;
}

const PROGRAM = beside(import.meta, 'start/program.cjs');
const BASELINE = beside(import.meta, 'baseline/start.cjs');
const EMPTY = beside(import.meta, 'baseline/empty.mjs');
const AUTO = '@direct-logging/auto';
/** What others add to a start. */
const OTHERS = {
  "OpenTelemetry's SDK": 'opentelemetry',
  'dd-trace': 'dd-trace',
  Sentry: 'sentry',
  'pino, with a transport in a thread': 'pino-transport',
};
const MAJORS = NODE_MAJORS.filter((major) => major === 20 || major === 24);

const folder = mkdtempSync(join(tmpdir(), 'direct-logging-bench-'));
/** A copy of the preload for this Node, in which its code cache is made. */
const cached = (major: number): string => join(folder, String(major));

const cases = MAJORS.flatMap((major): Case[] => [
  { major, way: 'alone', flags: [], withUrl: false },
  { major, way: 'baseline', flags: ['--require', BASELINE], withUrl: false },
  { major, way: 'ours: --import', flags: ['--import', AUTO], withUrl: true },
  { major, way: 'ours: --require', flags: ['--require', AUTO], withUrl: true },
  {
    major,
    way: 'ours: --import, code cache',
    flags: ['--import', join(cached(major), 'import.js')],
    withUrl: true,
  },
  {
    major,
    way: 'ours: --require, code cache',
    flags: ['--require', join(cached(major), 'index.cjs')],
    withUrl: true,
  },
  { major, way: 'an empty file: --import', flags: ['--import', EMPTY], withUrl: false },
  { major, way: 'ours: --import, no URL', flags: ['--import', AUTO], withUrl: false },
  { major, way: 'ours: --require, no URL', flags: ['--require', AUTO], withUrl: false },
  ...(major === 24 ? Object.entries(OTHERS) : []).map(([way, file]) => ({
    major,
    way,
    flags: ['--require', beside(import.meta, `others/${file}.cjs`)],
    withUrl: false,
  })),
]);
const nodes = new Map<number, string>();
for (const major of MAJORS) {
  const node = await nodeBinary(major);
  nodes.set(major, node);
  await cachedPreload(node, cached(major));
}

const observability = await pinnedPackages({
  name: 'observability',
  what: 'the tools of the recipes for tracing',
});
const peers = await installPeers();
const server = await startVictoriaLogs();
try {
  const runs = await inTurns(roundsOr(20), cases, start);
  const cpu = least(runs, ({ cpuMs }) => cpuMs);
  const wall = least(runs, ({ ms }) => ms);
  const added = (major: number, way: string): number =>
    cpu(find(major, way)) - cpu(find(major, 'alone'));
  const besideEmpty = (way: string) => added(24, way) - added(24, 'an empty file: --import');
  const besideBaseline = (major: number, way: string) =>
    added(major, way) / added(major, 'baseline');
  await report({
    name: 'start',
    head: ['', '', 'CPU', 'added', 'added, beside the baseline', 'time'],
    rows: cases.map((one) => [
      one.way === 'alone' ? `Node ${one.major}` : '',
      one.way,
      milliseconds(cpu(one)),
      one.way === 'alone' ? '' : milliseconds(added(one.major, one.way)),
      one.way === 'alone' ? '' : `×${fixed(besideBaseline(one.major, one.way))}`,
      milliseconds(wall(one)),
    ]),
    plots: {
      start: {
        kind: 'bars',
        title: 'What a start costs, with one line logged',
        axis: 'ms of CPU until the end of the process',
        points: cases
          .filter(({ way }) => !(way in OTHERS))
          .map((one) => ({ group: `Node ${one.major}`, way: one.way, value: cpu(one) })),
      },
    },
    goals: {
      startImport: besideEmpty('ours: --import'),
      startCached: besideEmpty('ours: --import, code cache'),
      startOff: added(24, 'ours: --import, no URL'),
    },
    facts: {
      'start:import': added(24, 'ours: --import'),
      'start:cached': added(24, 'ours: --import, code cache'),
      'start:off': added(24, 'ours: --import, no URL'),
    },
  });
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}

function start({ major, flags, withUrl }: Case): Promise<Start> {
  return told<Start>({
    node: nodes.get(major),
    flags,
    program: PROGRAM,
    env: {
      BENCH_SERVER: server.url,
      BENCH_OBSERVABILITY: observability,
      BENCH_PEERS: peers,
      ...(withUrl ? { VICTORIALOGS_URL: server.url } : {}),
    },
  });
}

function find(major: number, way: string): Case {
  return cases.find((one) => one.major === major && one.way === way) as Case;
}

function milliseconds(value: number): string {
  return `${fixed(value)} ms`;
}
