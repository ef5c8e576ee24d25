/** Programs log into each arrangement of servers while one of these ends, stalls or is replaced: what is missing, what is there twice. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { keepMeasurement, measurementsFile } from '../environment/measurements.ts';
import { sayMissing } from '../environment/missing.ts';
import type { Queries } from '../environment/victorialogs-queries.ts';
import { ship } from '../outages/shipping-program.ts';
import { CELLS, type Cell, PER_SECOND } from './faults.ts';
import type { Topology } from './topologies.ts';

const PROGRAMS = isFullRun() ? 4 : 2;
/** Before and after the fault. */
const MARGIN_S = isFullRun() ? 4 : 1;
/** What is not there after this is missing: an insert node avoids a storage node for ten seconds, vlagent waits up to a minute. */
const SETTLE_MS = isFullRun() ? 65_000 : 20_000;
/** With nothing new for so long, where lines may be missing. */
const QUIET_MS = 15_000;
const POLL_MS = 500;
/** The longest fault takes ten minutes. */
const TIMEOUT_MS = 900_000;

interface Counts {
  readonly lines: number;
  readonly rows: number;
}

const cells = CELLS.filter((cell) => isFullRun() || cell.sampled).map(
  (cell) => [nameOf(cell), cell] as const,
);

describe.concurrent('what is logged while this happens', { timeout: TIMEOUT_MS }, () => {
  it.for(cells)('%s', async ([name, cell], { skip }) => {
    const topology = await cell.kind.start().catch((error: Error) => {
      sayMissing(`${cell.kind.name}: ${error.message}`, 'Run the tests as root, with Go.');
      return undefined;
    });
    if (topology === undefined) return skip();
    try {
      const { stats, copies, anywhere } = await run(cell, topology);
      const written = sum(stats.map((one) => one.written));
      const missing = copies.map(({ lines }) => written - lines);
      const duplicates = copies.map(({ lines, rows }) => rows - lines);
      keepMeasurement(measurementsFile('fleet/faults'), name, {
        ...{ topology: cell.kind.name, fault: cell.fault, durable: cell.durable === true },
        ...{ written, missing, missingEverywhere: written - anywhere, duplicates },
        resent: sum(stats.map(({ resent }) => resent)),
      });
      // We have delivered everything: what is missing was acknowledged.
      for (const one of stats) expect(one).toMatchObject({ queued: 0, dropped: {} });
      const mayBeMissing = (cell.upstream?.seconds ?? 0) * rateOf(cell) * PROGRAMS;
      for (const lines of missing) expect(lines).toBeLessThanOrEqual(mayBeMissing);
      if (cell.fault === 'none') expect(duplicates.every((rows) => rows === 0)).toBe(true);
    } finally {
      await topology.stop();
    }
  });
});

async function run(cell: Cell, topology: Topology) {
  const { url, launcher } = topology;
  const job = randomUUID();
  const perSecond = rateOf(cell);
  const LINES = String(Math.ceil(perSecond * (MARGIN_S + cell.seconds + MARGIN_S)));
  const [command, ...before] = launcher === undefined ? [] : [...launcher, process.execPath];
  const fault = sleep(MARGIN_S * 1_000).then(() => cell.act(topology));
  const programs = Array.from({ length: PROGRAMS }, () =>
    ship({
      program: 'steady.mjs',
      node: command,
      flags: [...before, '--import', 'direct-logging'],
      url,
      env: {
        ...{ LINES, PER_SECOND: String(perSecond), WAIT_MS: '90000' },
        ...{ VICTORIALOGS_JOB: job, ...(cell.durable ? { VICTORIALOGS_DURABLE: '1' } : {}) },
      },
      timeoutMs: TIMEOUT_MS,
    }),
  );
  const [runs] = await Promise.all([Promise.all(programs), fault]);
  for (const { code, signal, stderr } of runs)
    expect({ code, signal, stderr }).toMatchObject({ code: 0, signal: null });
  const stats = runs.map(({ report }) => report.stats);
  const written = sum(stats.map((one) => one.written));
  const isQuick = cell.upstream !== undefined && cell.seconds * 1_000 < SETTLE_MS;
  const quietMs = isQuick ? QUIET_MS : SETTLE_MS;
  const copies = await Promise.all(
    topology.copies.map((queries) => settled(queries, job, written, quietMs)),
  );
  const anywhere = new Set(
    (await Promise.all(topology.copies.map((copy) => linesIn(copy, job)))).flat(),
  );
  return { stats, copies, anywhere: anywhere.size };
}

/** What is stored once all of it is, or nothing has come for a while. */
async function settled(
  queries: Queries,
  job: string,
  written: number,
  quietMs: number,
): Promise<Counts> {
  const startedAt = performance.now();
  let last: Counts = { lines: 0, rows: 0 };
  let changedAt = startedAt;
  for (;;) {
    const now = await stored(queries, job).catch(() => last);
    if (now.rows !== last.rows) changedAt = performance.now();
    last = now;
    const quiet = performance.now() - changedAt;
    if (last.lines >= written && quiet >= 2_000) return last;
    if (quiet >= quietMs || performance.now() - startedAt >= SETTLE_MS) return last;
    await sleep(POLL_MS);
  }
}

async function stored(queries: Queries, job: string): Promise<Counts> {
  await queries.forceFlush();
  const query = `job:="${job}" | stats count() as rows, count_uniq("shipper.id", "shipper.seq") as lines`;
  const [row] = await queries.query(query);
  return { lines: Number(row?.lines ?? 0), rows: Number(row?.rows ?? 0) };
}

/** The id and the number of each line. */
async function linesIn(queries: Queries, job: string): Promise<string[]> {
  const rows = await queries.query(`job:="${job}" | uniq by ("shipper.id", "shipper.seq")`);
  return rows.map((row) => `${row['shipper.id']} ${row['shipper.seq']}`);
}

function rateOf({ perSecond = PER_SECOND }: Cell): number {
  return perSecond;
}

function nameOf({ kind, fault, durable }: Cell): string {
  return `${kind.name}: ${fault}${durable ? ', durable' : ''}${isFullRun() ? '' : ' (shortened)'}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
