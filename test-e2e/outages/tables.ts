/** The outages as the documentation shows them. */
import { count, table } from '../environment/docs-tables.ts';
import { type Measured, measured } from './measured.ts';
import { SCENARIOS } from './scenarios.ts';
import { OTHER_WRITERS } from './writers.ts';

/** Among the exits. */
const COST_OF_A_LINE = 'microseconds per line';

/** The tables, with what they are about, from what was measured last. */
export function outageTables(): string {
  return [outages(), writers(), serverStops(), exits(), memory(), inBetween(), killed()].join(
    '\n\n',
  );
}

function outages(): string {
  const results = measured('outages');
  const rows = SCENARIOS.flatMap((scenario) => {
    const result = results.find(({ name }) => name === scenario.name);
    if (result === undefined) return [];
    const loop = result.loopDelayMs as { p99: number; max: number };
    const row = [
      result.name,
      count(Number(result.lines) - Number(result.missing)),
      count(result.duplicates),
      count(result.outOfOrder),
      list(result.dropped as Record<string, number>),
      `${(Number(result.recoveryMs) / 1_000).toFixed(1)} s`,
      `${result.peakRssMb} MB`,
      `${loop.p99}, ${loop.max} ms`,
    ];
    return [row];
  });
  return `20,000 lines at 2,000 a second; the outage begins after 3 s.\n\n${table(
    [
      'outage',
      'stored',
      'duplicates',
      'out of order',
      'dropped',
      'all there after the last line',
      'peak memory',
      'event loop delay (99 %, longest)',
    ],
    rows,
  )}`;
}

/** Of the other ways of logging, only what differs from a complete, ordered copy. */
function writers(): string {
  const results = measured('writers');
  const rows = SCENARIOS.flatMap(({ name }) =>
    OTHER_WRITERS.flatMap((writer) => {
      const result = results.find((one) => one.name === `${writer.name}, ${name}`);
      if (result === undefined) return [];
      const { missing, duplicates, outOfOrder } = result;
      if ([missing, duplicates, outOfOrder].every((number) => number === 0)) return [];
      const stored = Number(result.lines) - Number(missing);
      return [[name, writer.title, count(stored), count(duplicates), count(outOfOrder)]];
    }),
  );
  return [
    `The same a quarter as long, 5,000 lines, with every other way of logging, ${results.length} runs. Every run that is not in the table stored each line once, in order.`,
    table(['outage', 'logged with', 'stored', 'duplicates', 'out of order'], rows),
  ].join('\n\n');
}

function serverStops(): string {
  const rows = measured('server-stops').map((result) => [
    result.name,
    String(result.code),
    `${(Number(result.stopMs) / 1_000).toFixed(1)} s`,
    count(result.lost),
    count(result.lostOfOther),
  ]);
  return `SIGTERM to VictoriaLogs while 20 processes are at work and somebody else inserts rows.\n\n${table(
    [
      'the processes',
      'exit status',
      'it took',
      'lines of ours lost',
      'acknowledged rows of others lost',
    ],
    rows,
  )}`;
}

function exits(): string {
  const results = measured('exits');
  const cost = results.find(({ name }) => name === COST_OF_A_LINE);
  const delays = results.filter((result) => result !== cost);
  const rows = delays.map((result) => [
    result.name,
    `${result.delayMs} ms`,
    result.settingMs === undefined ? '' : `${result.settingMs} ms`,
  ]);
  const { bare, up, down, hanging } = cost as Measured;
  return [
    'How much later a program terminates than without direct-logging.',
    table(['the server, the termination', 'delay', '`VICTORIALOGS_EXIT_TIMEOUT_MS`'], rows),
    `A \`console.log\` into a file took ${bare} µs without direct-logging, ${up} µs with the server up, ${down} µs with it down, ${hanging} µs with it hanging. This is time on the clock. The server and a proxy in front of it ran on the same two processors. [What a call costs](../performance.md) counts only the processor time of the program.`,
    'With it down, what is left is the capture, the encoding and the place in the queue; the outage itself adds less than a tenth of a microsecond to that (`npm run bench -- outage`). To a server that hangs, lines are written as to any other for ten seconds, or until three quarters of the queue are in flight; after that it costs no more than one that is down.',
  ].join('\n\n');
}

function memory(): string {
  const rows = measured('memory').map((result) => [
    result.name,
    count(result.lines),
    `${result.maxQueueMb} MB`,
    `${result.startRssMb} MB`,
    `${result.peakRssMb} MB`,
    list(result.dropped as Record<string, number>),
  ]);
  return `Lines as fast as possible with no server; \`refuse\`: nobody listens, \`hang\`: nobody answers. With the default heap much of the memory is what V8 has not collected yet: the same program without direct-logging peaks at 134 MB.\n\n${table(
    ['the server', 'lines', 'queue', 'memory at the start', 'peak memory', 'dropped'],
    rows,
  )}`;
}

function inBetween(): string {
  const rows = measured('in-between').map((result) => [
    result.name,
    count(Number(result.lines) - Number(result.missing)),
    count(result.duplicates),
    count(result.outOfOrder),
  ]);
  return `10,000 lines at 2,000 a second through what stands in between.\n\n${table(
    ['in between', 'stored', 'duplicates', 'out of order'],
    rows,
  )}`;
}

function killed(): string {
  const rows = measured('killed').map(({ name, lines, stored }) => [
    name,
    count(Number(lines)),
    count(Number(stored)),
  ]);
  return `20 programs that print 30 lines in one tick, each killed (SIGKILL) right after its last line.\n\n${table(
    ['in between', 'printed', 'stored'],
    rows,
  )}`;
}

function list(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([reason, records]) => `${count(records)} ${reason}`)
    .join(', ');
}
