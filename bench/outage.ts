/** What do 2 million lines cost while the server is down, compared with the same without direct-logging, and with a mere queue? */
import { freePort } from '../test-e2e/environment/victorialogs-process.ts';
import { preloadOf } from './calls/cost.ts';
import { installPeers } from './loggers/install-peers.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { beside, told } from './measure/told.ts';
import type { Part } from './removal/parts.ts';
import { productWithout } from './removal/product.ts';
import { megabytes, microseconds, report } from './report/report.ts';

interface Case {
  readonly way: string;
  /** `text`, or a logger of `make-logger.mjs`. */
  readonly kind: string;
  readonly preload?: string;
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
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
const WITHOUT: Partial<Readonly<Record<Part, string>>> = {
  delivery: 'the queue',
  'remembered lines': 'remembering lines that are still to be printed',
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

/** V8's young generation grows to three times its default of 16 MB while it is busy. */
const flags = ['--max-semi-space-size=1'];
const without = async (kind: string, part: Part): Promise<Case> => ({
  ...{ kind, way: `ours, without ${WITHOUT[part]}` },
  preload: preloadOf(await productWithout(part)),
});
/** What we add without some of it, by the kind of lines. */
const REMOVALS: readonly Case[] = [
  await without('text', 'delivery'),
  { ...OURS, way: 'ours, without queue and encoding', env: { LOG_LEVEL: 'FATAL' } },
  { ...OURS, kind: 'winston', way: 'ours, a small young generation', flags },
  await without('winston', 'delivery'),
  await without('pino', 'remembered lines'),
];

/** No server listens there. */
const nowhere = `http://127.0.0.1:${await freePort()}`;
const peers = await installPeers();
const runs = await inTurns(roundsOr(1), [...CASES, ...REMOVALS], run);
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
const removed = ['text', 'winston', 'pino'].flatMap((kind) =>
  [...CASES, ...REMOVALS].filter((one) => one.kind === kind && one.way !== ALONE.way),
);
await report({
  name: 'removal-outage',
  page: 'decisions/cost-of-a-line.md',
  head: ['', '', 'added to a call', 'memory added'],
  rows: removed.map((one, at) => [
    one.kind === removed[at - 1]?.kind ? '' : title(one),
    ...[one.way, microseconds(added(one).cost), megabytes(added(one).memory)],
  ]),
});
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

function run({ preload, kind, flags = [], env }: Case): Promise<Run> {
  return told<Run>({
    flags: [...flags, ...(preload === undefined ? [] : ['--import', preload])],
    program: PROGRAM,
    args: [kind, LINES],
    env: {
      BENCH_PEERS: peers,
      ...(preload === undefined || preload === QUEUE.preload ? {} : { VICTORIALOGS_URL: nowhere }),
      ...env,
    },
  });
}
