/** What do 2 million lines cost while the server is down, compared with the same without direct-logging, and with a mere queue? */
import { freePort } from '../test-e2e/environment/victorialogs-process.ts';
import { installPeers } from './loggers/install-peers.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { beside, told } from './measure/told.ts';
import { megabytes, microseconds, report } from './report/report.ts';

interface Case {
  readonly way: string;
  /** `text`, or a logger of `make-logger.mjs`. */
  readonly kind: string;
  readonly preload?: string;
}

interface Run {
  readonly microseconds: number;
  readonly peakBytes: number;
}

const LINES = 2_000_000;
const PROGRAM = beside(import.meta, 'outage/program.mjs');
const KINDS = {
  text: 'console.log of text',
  'pino sync': 'pino, `sync: true`',
  // It keeps what stdout does not take at once, and we remember each of these lines.
  pino: 'pino, by default',
  winston: 'winston, Console',
};
const AUTO = '@direct-logging/auto';
const ALONE: Case = { way: 'alone', kind: 'text' };
const OURS: Case = { way: 'ours: auto', kind: 'text', preload: AUTO };
const QUEUE: Case = {
  way: 'baseline: a queue of 32 MiB',
  kind: 'text',
  preload: beside(import.meta, 'baseline/queue.mjs'),
};
const CASES: readonly Case[] = [
  ALONE,
  QUEUE,
  OURS,
  ...['pino sync', 'pino', 'winston'].flatMap((kind) => [
    { ...ALONE, kind },
    { ...OURS, kind },
  ]),
];

/** No server listens there. */
const nowhere = `http://127.0.0.1:${await freePort()}`;
const peers = await installPeers();
const runs = await inTurns(roundsOr(1), CASES, run);
const cost = least(runs, (run) => run.microseconds);
const memory = least(runs, ({ peakBytes }) => peakBytes);
const aloneOf = (one: Case) =>
  CASES.find(({ way, kind }) => way === ALONE.way && kind === one.kind) as Case;
const added = (one: Case) => ({
  cost: cost(one) - cost(aloneOf(one)),
  memory: memory(one) - memory(aloneOf(one)),
});
const title = ({ kind }: Case) => KINDS[kind as keyof typeof KINDS];
const mostAdded = (kinds: readonly string[]) =>
  Math.max(
    ...CASES.filter(({ way, kind }) => way === OURS.way && kinds.includes(kind)).map(
      (one) => added(one).memory,
    ),
  ) / 1e6;
await report({
  name: 'outage',
  head: ['', '', 'CPU of a call', 'added', 'peak memory', 'added'],
  rows: CASES.map((one) => [
    one.way === ALONE.way ? title(one) : '',
    one.way,
    microseconds(cost(one)),
    one.way === ALONE.way ? '' : microseconds(added(one).cost),
    megabytes(memory(one)),
    one.way === ALONE.way ? '' : megabytes(added(one).memory),
  ]),
  plots: {
    outage: {
      kind: 'bars',
      title: '2 million lines while the server is down',
      points: [ALONE, QUEUE, OURS]
        .flatMap((one) => [
          { group: 'CPU of a call, µs', way: one.way, value: cost(one) },
          { group: 'peak memory, MB', way: one.way, value: memory(one) / 1e6 },
        ])
        .sort((a, b) => a.group.localeCompare(b.group)),
    },
  },
  goals: { outageMemory: mostAdded(Object.keys(KINDS)), outageLine: added(OURS).cost },
  facts: {
    'outage:memory': mostAdded(['text', 'pino sync', 'winston']),
    'outage:line': added(OURS).cost,
  },
});

function run({ preload, kind }: Case): Promise<Run> {
  return told<Run>({
    flags: preload === undefined ? [] : ['--import', preload],
    program: PROGRAM,
    args: [kind, LINES],
    env: { BENCH_PEERS: peers, ...(preload === AUTO ? { VICTORIALOGS_URL: nowhere } : {}) },
  });
}
