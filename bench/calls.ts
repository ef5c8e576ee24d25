/**
 * What does a logging call cost the thread that logs, compared with the same call without direct-logging, and with the least
 * possible? With a server that is far away, and with one on the same machine.
 */
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { type CallCase, costOfCall } from './calls/cost.ts';
import { FAR, NEAR, SIZES } from './calls/loads.ts';
import { startFarServer } from './far/far-server.ts';
import { installPeers } from './loggers/install-peers.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { GOALS, type GoalName } from './report/goals.ts';
import { microseconds, report, signed } from './report/report.ts';
import type { Facts } from './report/summary.ts';

type Way = Pick<CallCase, 'kind' | 'preload'>;
type Role = (typeof ROLES)[number];

/** One kind of call, in the three ways that are compared. */
interface Row extends Readonly<Record<Role, Way>> {
  readonly title: string;
  readonly goal: GoalName;
  /** What the goal is a multiple of: what the baseline adds, or the call alone. */
  readonly beside: 'baseline' | 'alone';
}

interface Case extends CallCase {
  readonly row: Row;
  readonly role: Role;
}

const ROLES = ['alone', 'baseline', 'ours'] as const;
const ROWS: readonly Row[] = [
  { title: '`console.log` of text', goal: 'text', beside: 'baseline', ...printed('text') },
  { title: '`console.log` of a JSON line', goal: 'json', beside: 'baseline', ...printed('json') },
  {
    title: 'pino on stdout, `auto`',
    goal: 'pinoAuto',
    beside: 'baseline',
    ...printed('pino'),
    // Where stdout has another `write`, pino prints through it, and does without the work of its own destination.
    baseline: { kind: 'pino printed baseline' },
  },
  {
    title: '`pinoDestination`, beside pino on stdout',
    goal: 'pinoDestination',
    beside: 'alone',
    alone: { kind: 'pino' },
    baseline: { kind: 'pino baseline' },
    ours: { kind: 'pino destination' },
  },
  {
    title: 'winston on its Console, `auto`',
    goal: 'winstonAuto',
    beside: 'alone',
    ...printed('winston'),
  },
  {
    title: '`VictoriaLogsTransport`, beside winston on a stream that drops all',
    goal: 'winston',
    beside: 'alone',
    alone: { kind: 'winston null' },
    baseline: { kind: 'winston baseline' },
    ours: { kind: 'winston transport' },
  },
];

const [farCases, nearCases] = [FAR, NEAR].map((load) =>
  ROWS.flatMap((row) =>
    ROLES.map(
      (role): Case => ({ ...row[role], size: SIZES[row[role].kind] ?? 0, load, row, role }),
    ),
  ),
) as [Case[], Case[]];

const near = await startVictoriaLogs();
const far = await startFarServer();
try {
  const peers = await installPeers();
  const measure = async (cases: readonly Case[], rounds: number, url: string) => {
    const runs = await inTurns(rounds, cases, (one) => costOfCall(one, url, peers));
    const cost = least(runs, Number);
    return (row: Row, role: Role) =>
      cost(cases.find((one) => one.row === row && one.role === role) as Case);
  };
  const cost = await measure(farCases, roundsOr(8), far.url);
  const costNear = await measure(nearCases, roundsOr(4), near.url);
  const measured = (row: Row) =>
    row.beside === 'alone'
      ? cost(row, 'ours') / cost(row, 'alone')
      : added(cost, row, 'ours') / added(cost, row, 'baseline');
  await report({
    name: 'calls',
    head: ['', 'alone', 'baseline', 'ours', 'the baseline adds', 'we add', 'goal'],
    rows: ROWS.map((row) => [...cells(cost, row), signed(goalOf(cost, row))]),
    showsPlots: false,
    plots: {
      calls: {
        kind: 'bars',
        title: 'What a call costs the thread that logs',
        axis: 'µs of CPU a line',
        points: ROWS.flatMap((row) =>
          ROLES.map((way) => ({
            group: row.title.replaceAll('`', ''),
            way,
            value: cost(row, way),
          })),
        ),
      },
    },
    goals: Object.fromEntries(ROWS.map((row) => [row.goal, measured(row)])),
    facts: Object.fromEntries(
      ROWS.map((row) => [`added:${row.goal}`, added(cost, row, 'ours')]),
    ) as Facts,
  });
  await report({
    name: 'calls-near',
    head: ['', 'alone', 'baseline', 'ours', 'the baseline adds', 'we add'],
    rows: ROWS.map((row) => cells(costNear, row)),
  });
} finally {
  far.stop();
  await near.stop();
}

type Cost = (row: Row, role: Role) => number;

function added(cost: Cost, row: Row, role: Role): number {
  return cost(row, role) - cost(row, 'alone');
}

/** What we may add, in the unit of the table. */
function goalOf(cost: Cost, row: Row): number {
  const { goal } = GOALS[row.goal];
  return row.beside === 'alone'
    ? (goal - 1) * cost(row, 'alone')
    : goal * added(cost, row, 'baseline');
}

function cells(cost: Cost, row: Row): string[] {
  return [
    row.title,
    ...ROLES.map((role) => microseconds(cost(row, role))),
    ...(['baseline', 'ours'] as const).map((role) => signed(added(cost, row, role))),
  ];
}

function printed(kind: string): Readonly<Record<Role, Way>> {
  return {
    alone: { kind },
    baseline: { kind, preload: 'baseline' },
    ours: { kind, preload: 'ours' },
  };
}
