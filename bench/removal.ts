/** What do the parts of a call cost? Each is found by removing it from the product: with a server that is far away. */
import { type CallCase, costOfCall, garbageOfCall } from './calls/cost.ts';
import { FAR, SIZES } from './calls/loads.ts';
import { startFarServer } from './far/far-server.ts';
import { installPeers } from './loggers/install-peers.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { beside } from './measure/told.ts';
import { fixed, microseconds, report } from './report/report.ts';

/** Each way does less than the one before. */
const WAYS: Readonly<Record<string, Partial<CallCase>>> = {
  whole: { preload: 'ours' },
  'no write': {
    preload: 'ours',
    before: ['--import', beside(import.meta, 'removal/without-write.mjs')],
  },
  'no encoding': { preload: 'ours', env: { LOG_LEVEL: 'FATAL' } },
  'no transport': {
    preload: 'ours',
    after: ['--import', beside(import.meta, 'removal/without-transport.mjs')],
  },
  alone: {},
};
const PARTS = [
  'the system call',
  'encoding, queue and sender',
  "finding the level, and a JSON line's template",
  'capture',
];
const KINDS = {
  text: '`console.log` of text',
  json: '`console.log` of a JSON line',
  pino: 'pino on stdout',
  winston: 'winston on its Console',
};

const cases = Object.keys(KINDS).flatMap((kind) =>
  Object.values(WAYS).map((way): CallCase => ({ ...way, kind, size: SIZES[kind] ?? 0, load: FAR })),
);
const server = await startFarServer();
try {
  const peers = await installPeers();
  const runs = await inTurns(roundsOr(5), cases, (one) => costOfCall(one, server.url, peers));
  const garbage = new Map<CallCase, number>();
  for (const one of cases) garbage.set(one, await garbageOfCall(one, server.url, peers));
  const cost = least(runs, Number);
  const table = (value: (one: CallCase) => number, show: (value: number) => string) =>
    Object.entries(KINDS).map(([kind, title]) => {
      const values = cases.filter((one) => one.kind === kind).map(value);
      const parts = PARTS.map((_, at) => (values[at] as number) - (values[at + 1] as number));
      return [title, show(values.at(-1) as number), ...parts.map(show), show(values[0] as number)];
    });
  const head = ['', 'alone', ...PARTS, 'ours'];
  await report({
    name: 'removal',
    page: 'decisions/cost-of-a-line.md',
    head,
    rows: table(cost, microseconds),
  });
  await report({
    name: 'garbage',
    page: 'decisions/cost-of-a-line.md',
    head,
    rows: table(
      (one) => (garbage.get(one) as number) / 1000,
      (value) => `${fixed(value)} kB`,
    ),
  });
} finally {
  server.stop();
}
