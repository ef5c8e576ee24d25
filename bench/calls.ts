/** What does a logging call cost the thread that logs, compared with the same call without direct-logging, and with the least possible? */
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { type CallCase, costOfCall } from './calls/cost.ts';
import { installPeers } from './loggers/install-peers.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { microseconds, report, times } from './report/report.ts';

interface Case extends CallCase {
  readonly group: string;
  readonly way: string;
}

const LINES = 5_000;
const TEXT = group('console.log of text', 'text', 150);
const JSON_LINE = group('console.log of a JSON line', 'json', 4);
const PINO = group('pino', 'pino', 0);
const WINSTON = group('winston', 'winston', 0);

const text = [TEXT('alone'), TEXT('baseline', 'baseline'), TEXT('ours: auto', 'ours')] as const;
const json = [
  JSON_LINE('alone'),
  JSON_LINE('baseline', 'baseline'),
  JSON_LINE('ours: auto', 'ours'),
] as const;
const pino = [
  PINO('alone, to stdout'),
  { ...PINO('baseline, as destination'), kind: 'pino baseline' },
  { ...PINO('ours: pinoDestination'), kind: 'pino destination' },
  PINO('baseline, behind stdout', 'baseline'),
  PINO('ours: auto, pino to stdout', 'ours'),
] as const;
const winston = [
  WINSTON('alone, to stdout'),
  { ...WINSTON('ours: VictoriaLogsTransport'), kind: 'winston transport' },
  WINSTON('ours: auto, winston to stdout', 'ours'),
] as const;
const groups: readonly (readonly Case[])[] = [text, json, pino, winston];

const server = await startVictoriaLogs();
try {
  const peers = await installPeers();
  const runs = await inTurns(roundsOr(4), groups.flat(), (one) =>
    costOfCall(one, server.url, peers),
  );
  const cost = least(runs, (value) => value);
  const added = ([alone, , ours]: readonly [Case, Case, Case]) => cost(ours) - cost(alone);
  await report({
    name: 'calls',
    head: ['', '', 'CPU of a call', 'beside alone', 'added'],
    rows: groups.flatMap(([alone, ...others]) =>
      [alone as Case, ...others].map((one) => [
        one === alone ? one.group : '',
        one.way,
        microseconds(cost(one)),
        times(cost(one), cost(alone as Case)),
        one === alone ? '' : microseconds(cost(one) - cost(alone as Case)),
      ]),
    ),
    plots: {
      calls: {
        kind: 'bars',
        title: 'What a call costs the thread that logs',
        axis: 'µs of CPU a line',
        points: groups.flat().map((one) => ({ ...one, value: cost(one) })),
      },
    },
    goals: {
      text: added(text) / (cost(text[1]) - cost(text[0])),
      json: added(json) / cost(json[0]),
      jsonBaseline: added(json) / (cost(json[1]) - cost(json[0])),
      pinoDestination: cost(pino[2]) / cost(pino[0]),
      pinoAuto: cost(pino[4]) / cost(pino[0]),
      winston: cost(winston[1]) / cost(winston[0]),
    },
  });
} finally {
  await server.stop();
}

function group(title: string, kind: string, size: number) {
  return (way: string, preload?: CallCase['preload']): Case => ({
    group: title,
    way,
    kind,
    size,
    preload,
    lines: LINES,
  });
}
