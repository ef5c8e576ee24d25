/** What do the parts of a call cost, and what do they make of the goals? Each part is removed from the product in turn. */
import { type CallCase, costOfCall, type Load } from './calls/cost.ts';
import { SIZES } from './calls/loads.ts';
import { startFarServer } from './far/far-server.ts';
import { installPeers } from './loggers/install-peers.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { beside } from './measure/told.ts';
import { productWithout } from './removal/product.ts';
import { GOALS, type GoalName } from './report/goals.ts';
import { fixed, report, signed, times } from './report/report.ts';

type Way = Omit<CallCase, 'size' | 'load'>;

type Cost = (way: Way) => number;

interface Row {
  readonly title: string;
  readonly goal: GoalName;
  /** What the goal is a multiple of: what the baseline adds, or the call alone. */
  readonly beside: 'baseline' | 'alone';
  readonly alone: Way;
  readonly baseline: Way;
  readonly ours: Way;
  /** Our way, without one more part in each step. */
  readonly without: Readonly<Partial<Record<Part, Way>>>;
}

const LOAD: Load = { lines: 50_000, bursts: 1, warmUp: 20_000 };
/** In the order in which they are removed. */
const PARTS = {
  write: 'the system call',
  delivery: 'queue and requests',
  encoding: 'encoding',
  understanding: 'level and template',
  duplicates: 'looking for duplicates',
  logger: "the logger's part",
  capture: 'capture',
};
type Part = keyof typeof PARTS;
const NAMES = Object.keys(PARTS) as Part[];

const before = ['--import', beside(import.meta, 'removal/without-write.mjs')];
const products = {
  delivery: await productWithout('delivery'),
  transport: await productWithout('transport'),
  duplicates: await productWithout('transport', 'duplicates'),
  loggers: await productWithout('transport', 'loggers'),
  'pino destination': await productWithout('pino destination'),
  'winston transport': await productWithout('winston transport'),
};

const ROWS: readonly Row[] = [
  {
    ...{ title: 'text', goal: 'text', beside: 'baseline' },
    ...{ ...printed('text'), without: printing('text') },
  },
  {
    ...{ title: 'JSON', goal: 'json', beside: 'baseline' },
    ...{ ...printed('json'), without: printing('json') },
  },
  {
    ...{ title: 'pino, `auto`', goal: 'pinoAuto', beside: 'baseline' },
    ...{ ...printed('pino'), without: printing('pino') },
    baseline: { kind: 'pino printed baseline' },
  },
  {
    ...{ title: '`pinoDestination`', goal: 'pinoDestination', beside: 'alone' },
    ...{ alone: { kind: 'pino' }, baseline: { kind: 'pino baseline' } },
    ...inCode('pino destination'),
  },
  {
    ...{ title: 'winston, `auto`', goal: 'winstonAuto', beside: 'alone' },
    ...{ ...printed('winston'), without: printing('winston') },
  },
  {
    ...{ title: '`VictoriaLogsTransport`', goal: 'winston', beside: 'alone' },
    ...{ alone: { kind: 'winston null' }, baseline: { kind: 'winston baseline' } },
    ...inCode('winston transport'),
  },
];
const ways = ROWS.flatMap((row) => [
  ...[row.alone, row.baseline, { ...row.baseline, before }],
  ...[row.ours, ...Object.values(row.without)],
]);
/** One case for equal ways. */
const cases = new Map(
  ways.map((way): [string, CallCase] => [
    JSON.stringify(way),
    { ...way, size: SIZES[way.kind] ?? 0, load: LOAD },
  ]),
);

const server = await startFarServer();
try {
  const peers = await installPeers();
  const runs = await inTurns(roundsOr(4), [...cases.values()], (one) =>
    costOfCall(one, server.url, peers),
  );
  const leastOf = least(runs, Number);
  const cost: Cost = (way) => leastOf(cases.get(JSON.stringify(way)) as CallCase);
  await report({
    name: 'removal',
    page: 'decisions/cost-of-a-line.md',
    head: ['', ...ROWS.map(({ title }) => title)],
    rows: [
      ['goal', ...ROWS.map(({ goal }) => `×${fixed(GOALS[goal].goal)}`)],
      ['ours', ...ROWS.map((row) => cell(row, cost, cost(row.ours)))],
      ['the baseline', ...ROWS.map((row) => cell(row, cost, cost(row.baseline)))],
      [
        'the baseline, without the system call',
        ...ROWS.map((row) => cell(row, cost, cost({ ...row.baseline, before }))),
      ],
      ...NAMES.map((name) => [
        `ours, without ${PARTS[name]}`,
        ...ROWS.map((row) => {
          const part = partsOf(row, cost).get(name);
          return part === undefined ? '' : cell(row, cost, cost(row.ours) - part);
        }),
      ]),
    ],
  });
} finally {
  server.stop();
}

/** `×1.4, +4.2 µs`: in the unit of the goal, and what is added. */
function cell(row: Row, cost: Cost, value: number): string {
  const added = value - cost(row.alone);
  const ratio =
    row.beside === 'alone'
      ? times(value, cost(row.alone))
      : times(added, cost(row.baseline) - cost(row.alone));
  return `${ratio}, ${signed(added)}`;
}

/** What each part costs. */
function partsOf(row: Row, cost: Cost): Map<Part, number> {
  const parts = new Map<Part, number>();
  let last = cost(row.ours);
  for (const name of NAMES) {
    const way = row.without[name];
    if (way === undefined) continue;
    parts.set(name, last - cost(way));
    last = cost(way);
  }
  return parts;
}

function printed(kind: string): Pick<Row, 'alone' | 'baseline' | 'ours'> {
  return { alone: { kind }, baseline: { kind, preload: 'baseline' }, ours: auto(kind) };
}

function auto(kind: string): Way {
  return { kind, preload: 'ours' };
}

/** Down to a transport that does nothing. */
function common(way: Way): Row['without'] {
  return {
    write: { ...way, before },
    delivery: { ...way, product: products.delivery },
    encoding: { ...way, env: { LOG_LEVEL: 'FATAL' } },
    understanding: { ...way, product: products.transport },
  };
}

/** Down to nothing. */
function printing(kind: string): Row['without'] {
  const way = auto(kind);
  const ofLogger = {
    duplicates: { ...way, product: products.duplicates },
    logger: { ...way, product: products.loggers },
  };
  return {
    ...common(way),
    ...(['pino', 'winston'].includes(kind) ? ofLogger : {}),
    capture: { kind },
  };
}

function inCode(kind: 'pino destination' | 'winston transport') {
  const logger = { kind, product: products[kind] };
  return { ours: { kind }, without: { ...common({ kind }), logger } } as const;
}
