/** Does the cost grow in proportion? Lines of text of 50 to 262,144 characters, and lines of JSON of 1 to 200 fields: a process has at most 360 names. */
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { type CallCase, costOfCall, type Load } from './calls/cost.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { microseconds, report, times } from './report/report.ts';

const SIZES = {
  text: [50, 150, 1_000, 10_000, 65_536, 262_144],
  json: [1, 10, 50, 100, 200],
};
const WAYS = [
  { way: 'alone', preload: undefined },
  { way: 'baseline', preload: 'baseline' },
  { way: 'ours: auto', preload: 'ours' },
] as const;
/** Bytes of a burst: few enough for the queue. */
const BURST_BYTES = 4_000_000;
const MAX_LINES = 5_000;
const BURSTS = 6;
/** Bytes of a field in JSON. */
const FIELD_BYTES = 22;

interface Case extends CallCase {
  readonly way: string;
}

const cases = (kind: 'text' | 'json'): Case[] =>
  SIZES[kind].flatMap((size) =>
    WAYS.map((way) => ({ ...way, kind, size, load: load(kind, size) })),
  );
const text = cases('text');
const json = cases('json');

const server = await startVictoriaLogs();
try {
  const runs = await inTurns(roundsOr(2), [...text, ...json], (one) =>
    costOfCall(one, server.url, ''),
  );
  const cost = least(runs, (value) => value);
  const points = (some: readonly Case[]) =>
    some.map((one) => ({ way: one.way, at: one.size, value: cost(one) }));
  const rows = (some: readonly Case[], unit: string) =>
    some.flatMap((alone, index) => {
      const [baseline, ours] = [some[index + 1] as Case, some[index + 2] as Case];
      if (index % WAYS.length !== 0) return [];
      return [
        [
          `${alone.size.toLocaleString('en')} ${unit}`,
          ...[alone, baseline, ours].map((one) => microseconds(cost(one))),
          times(cost(ours), cost(baseline)),
        ],
      ];
    });
  await report({
    name: 'sizes',
    head: ['', 'alone', 'baseline', 'ours', 'ours beside the baseline'],
    rows: [...rows(text, 'characters of text'), ...rows(json, 'fields of JSON')],
    plots: {
      'sizes-text': {
        kind: 'lines',
        title: 'console.log of text, by its length',
        axis: 'µs of CPU a line',
        across: 'characters',
        points: points(text),
      },
      'sizes-json': {
        kind: 'lines',
        title: 'console.log of a JSON line, by its fields',
        axis: 'µs of CPU a line',
        across: 'fields',
        points: points(json),
      },
    },
  });
} finally {
  await server.stop();
}

function load(kind: 'text' | 'json', size: number): Load {
  const bytes = kind === 'text' ? size : 100 + size * FIELD_BYTES;
  const lines = Math.min(MAX_LINES, Math.ceil(BURST_BYTES / bytes));
  return { lines, bursts: BURSTS, warmUp: 0 };
}
