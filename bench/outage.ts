/** What do 2 million lines cost while the server is down, compared with the same without direct-logging, and with a mere queue? */
import { freePort } from '../test-e2e/environment/victorialogs-process.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { beside, told } from './measure/told.ts';
import { megabytes, microseconds, report } from './report/report.ts';

interface Case {
  readonly way: string;
  readonly preload?: string;
}

interface Run {
  readonly microseconds: number;
  readonly peakBytes: number;
}

const LINES = 2_000_000;
const PROGRAM = beside(import.meta, 'outage/program.mjs');
const ALONE: Case = { way: 'alone' };
const OURS: Case = { way: 'ours: auto', preload: '@direct-logging/auto' };
const CASES = [
  ALONE,
  { way: 'baseline: a queue of 32 MiB', preload: beside(import.meta, 'baseline/queue.mjs') },
  OURS,
];

/** No server listens there. */
const nowhere = `http://127.0.0.1:${await freePort()}`;
const runs = await inTurns(roundsOr(3), CASES, run);
const cost = least(runs, (run) => run.microseconds);
const memory = least(runs, ({ peakBytes }) => peakBytes);
const added = (one: Case) => ({
  cost: cost(one) - cost(ALONE),
  memory: memory(one) - memory(ALONE),
});
await report({
  name: 'outage',
  head: ['', 'CPU of a call', 'added', 'peak memory', 'added'],
  rows: CASES.map((one) => [
    one.way,
    microseconds(cost(one)),
    one === ALONE ? '' : microseconds(added(one).cost),
    megabytes(memory(one)),
    one === ALONE ? '' : megabytes(added(one).memory),
  ]),
  plots: {
    outage: {
      kind: 'bars',
      title: '2 million lines while the server is down',
      points: CASES.flatMap((one) => [
        { group: 'CPU of a call, µs', way: one.way, value: cost(one) },
        { group: 'peak memory, MB', way: one.way, value: memory(one) / 1e6 },
      ]).sort((a, b) => a.group.localeCompare(b.group)),
    },
  },
  goals: { outageMemory: added(OURS).memory / 1e6, outageLine: added(OURS).cost },
});

function run({ preload }: Case): Promise<Run> {
  return told<Run>({
    flags: preload === undefined ? [] : ['--import', preload],
    program: PROGRAM,
    args: [LINES],
    env: preload === OURS.preload ? { VICTORIALOGS_URL: nowhere } : {},
  });
}
