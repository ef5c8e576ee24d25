/** What do streams cost the server? The same lines in ten, 1,000 and 100,000 streams, as pods with names of their own make them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { count, table, writeIntoDocs } from '../test-e2e/environment/docs-tables.ts';
import type { VictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { message, type Spent, send, spent, withServer } from './fleet/ready-lines.ts';
import { flag } from './measure/rounds.ts';
import { fixed } from './report/report.ts';

const LINES = Number(flag('lines') ?? 400_000);
const STREAMS = [10, 1_000, 100_000];
/** The server merges what it has on disk. */
const SETTLE_MS = 12_000;
const MIB = 1024 * 1024;

/** As one looks for the lines of a user in all pods of a workload. */
const QUERY = '{job="shop"} "user 7919"';
const QUERIES = 7;

interface Measured extends Spent {
  readonly queryMs: number;
}

const results: Array<readonly [streams: number, result: Measured]> = [];
for (const streams of STREAMS) {
  results.push([streams, await withServer((server) => measured(server, streams))]);
  process.stderr.write('.');
}
const shown = table(
  ['streams', "the server's CPU for a line", 'memory', 'data on disk', 'index on disk', 'a query'],
  results.map(([streams, result]) => [
    count(streams),
    `${fixed((result.cpuSeconds * 1e6) / LINES)} µs`,
    `${fixed(result.memoryBytes / MIB)} MiB`,
    `${fixed(result.dataBytes / MIB)} MiB`,
    `${fixed(result.indexBytes / MIB)} MiB`,
    `${fixed(result.queryMs)} ms`,
  ]),
);
console.log(`\n${shown}`);
if (process.argv.includes('--write'))
  await writeIntoDocs('fleet.md', 'streams', `${count(LINES)} lines:\n\n${shown}`);

async function measured(server: VictoriaLogs, streams: number): Promise<Measured> {
  const before = await spent(server);
  const fields = (line: number) => ({
    ...{ _msg: message(line), container_name: `shop-${line % streams}`, job: 'shop' },
  });
  await send(server, LINES, fields, { body: (text) => Buffer.from(text) });
  await sleep(SETTLE_MS);
  const after = await spent(server);
  if (after.streams < streams) throw new Error(`${after.streams} streams of ${streams}.`);
  const times: number[] = [];
  for (let round = 0; round < QUERIES; round++) {
    const startedAt = performance.now();
    if ((await server.count(QUERY)) === 0) throw new Error('The query finds nothing.');
    times.push(performance.now() - startedAt);
  }
  const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
  return { ...after, cpuSeconds, queryMs: Math.min(...times) };
}
