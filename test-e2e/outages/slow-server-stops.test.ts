/** A slow server is stopped while programs with a long backlog meet it: no request of theirs may lie unread in its kernel. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { startBystander } from './bystander.ts';
import { type Report, type ShippingRun, ship } from './shipping-program.ts';

const PROGRAMS = 4;
const LINES = 60_000;
/** The server has the processor for a fiftieth of the time: it needs more than half a minute for all of the lines. */
const RUNS_MS = 3;
const STANDS_MS = 147;
/** Time for all programs to connect, and to send whatever they send to a server that has not answered yet. */
const STOPPED_AFTER_MS = 3_000;

/** A container takes longer to freeze than this server may run. */
const server = testServer({ prefer: 'process' });

it('ends with status 0, and nothing that anybody was told it had is lost', {
  timeout: 180_000,
}, async () => {
  await server.stop({ keepData: true });
  const { runs, reports } = startPrograms();
  await vi.waitFor(async () => {
    expect(await Promise.all(reports.map(written))).toEqual(Array(PROGRAMS).fill(LINES));
  }, 60_000);

  await server.restart();
  const bystander = startBystander(server);
  const fast = slowDown();
  await sleep(STOPPED_AFTER_MS);
  const end = await server.stop({ keepData: true });
  await fast();
  await server.restart();

  const ended = await Promise.all(runs);
  const acknowledged = await bystander.stop();
  expect(acknowledged.length).toBeGreaterThan(0);
  expect(end).toEqual({ code: 0, signal: null });
  expect(await bystander.missing(acknowledged)).toEqual([]);
  for (const { name, code, report } of ended) {
    expect({ code, stats: report.stats }).toMatchObject({
      code: 0,
      stats: { written: LINES, queued: 0, dropped: {} },
    });
    expect(await stored(name)).toBe(LINES);
  }
});

function startPrograms() {
  const reports: string[] = [];
  const runs = Array.from(
    { length: PROGRAMS },
    (): Promise<ShippingRun> =>
      ship({
        program: 'fast.mjs',
        url: server.url,
        env: { LINES: String(LINES), WAIT_MS: '90000' },
        timeoutMs: 150_000,
        onStart: (_, report) => reports.push(report),
      }),
  );
  return { runs, reports };
}

/** It may be read while it is written. */
async function written(report: string): Promise<number> {
  const text = await readFile(report, 'utf8').catch(() => '');
  return (JSON.parse(text || '{}') as Partial<Report>).stats?.written ?? 0;
}

/** Lets the server run a little now and then, until the function that it returns is called. */
function slowDown(): () => Promise<void> {
  let isSlow = true;
  const work = async (): Promise<void> => {
    while (isSlow) {
      await server.freeze();
      await sleep(STANDS_MS);
      await server.unfreeze();
      await sleep(RUNS_MS);
    }
  };
  const done = work();
  return async () => {
    isSlow = false;
    await done;
  };
}

async function stored(name: string): Promise<number> {
  await server.forceFlush();
  const query = `container_name:="${name}" | stats count_uniq(shipper.seq) as rows`;
  const [row] = await server.query(query);
  return Number(row?.rows ?? 0);
}
