/** VictoriaLogs is stopped while processes of ours are at work: it must end well and keep what it acknowledged. */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { testServer } from '../environment/for-tests.ts';
import { startBystander } from './bystander.ts';
import { record } from './measured.ts';
import { type ShippingRun, ship } from './shipping-program.ts';

const WAYS = [
  'steady',
  'bursts',
  'idle',
  'frozen',
  'frozen after a burst',
  'blocked',
  'blocked after a burst',
] as const;
const WITHIN_A_BURST = 'frozen within a burst';
/** A short run has all of them at once. */
const CASES = isFullRun() ? ([...WAYS, 'all of these'] as const) : (['all of these'] as const);
const PROCESSES = 20;
/** What a program of `near-a-stop.mjs` prints at once. */
const BURST = 100;
/** On a busy machine, the stop and the new start can take the five seconds after which a program is warned. */
const NOTHING_BUT_THE_OUTAGE =
  /^(\(.+ \[DL_UNDELIVERED\] .+ at the moment \(.+\)\n\(Use `node .+\n)?$/;
/** A program that exits waits for its backlog, however busy the machine is. */
const EXIT_TIMEOUT_MS = 20_000;
/** Blocked processes take the processors from the server. */
const READ_WITHIN = { timeout: 60_000, interval: 200 };

type Way = (typeof WAYS)[number] | typeof WITHIN_A_BURST;

interface Started {
  readonly way: Way;
  readonly child: ChildProcess;
  /** Where it reports. */
  readonly report: string;
  /** `container_name` of its lines. */
  readonly name: string;
  readonly run: Promise<ShippingRun<{ readonly written: number }>>;
}

const server = testServer({ own: true });

it.each(CASES)(
  '20 processes, %s: a stop ends with status 0, and nothing acknowledged is lost',
  { timeout: 180_000 },
  async (which) => {
    const ways = which === 'all of these' ? WAYS : [which];
    const count = Array.from({ length: PROCESSES }, (_, at) => ways[at % ways.length] as Way);
    const started = await Promise.all(count.map((way) => startOne(way)));
    const { end, stopMs, lost, lostOfOther } = await stopDuring(started);
    record('server-stops', which, {
      code: end.code,
      stopMs,
      lost,
      lostOfOther,
    });
    expect({ end, lost, lostOfOther }).toEqual({
      end: { code: 0, signal: null },
      lost: 0,
      lostOfOther: 0,
    });
  },
);

if (isFullRun()) {
  it('what remains: one process frozen in the middle of a burst makes the stop fail, as any client would', async () => {
    const { end, stopMs, lost, lostOfOther } = await stopDuring([await startOne(WITHIN_A_BURST)]);
    record('server-stops', 'one frozen in the middle of a burst', {
      code: end.code,
      stopMs,
      lost,
      lostOfOther,
    });
    // Those of earlier requests were acknowledged, and lost with the rows of others. The open request is sent again.
    expect(lost).toBeLessThan(BURST);
  });
}

/** Stops the server, starts it again, and counts what is missing afterwards. */
async function stopDuring(started: readonly Started[]) {
  const bystander = startBystander(server);
  await sleep(1_500);
  const still = started.filter(({ way }) => /^(frozen|blocked)/.test(way));
  for (const { child } of still) child.kill('SIGUSR2');
  // A process that stands still cannot send again what a server that stops has not read.
  await vi.waitFor(() => standStill(still), READ_WITHIN);
  await sleep(200);

  const stoppedAt = performance.now();
  const end = await server.stop({ keepData: true });
  const stopMs = performance.now() - stoppedAt;
  await sleep(300);
  await server.restart();
  // Time for the next attempt of those that hold back.
  await sleep(3_000);
  const acknowledged = await bystander.stop();
  const runs = await endAll(started);

  const lost = await missing(runs);
  const lostOfOther = (await bystander.missing(acknowledged)).length;
  return { end, stopMs: Math.round(stopMs), lost, lostOfOther };
}

/** Rejects unless each of them stands still, and the server has read what it wrote. */
async function standStill(started: readonly Started[]): Promise<void> {
  await server.forceFlush();
  const rows = await server.query(`* | stats by (container_name) count_uniq(shipper.seq) as lines`);
  const lines = new Map(rows.map(({ container_name, lines }) => [container_name, Number(lines)]));
  for (const { way, report, name } of started) {
    const { written, isStill } = JSON.parse(await readFile(report, 'utf8'));
    expect(isStill).toBe(true);
    // The server stores what a request holds when that ends.
    if (way !== WITHIN_A_BURST) expect(lines.get(name)).toBe(written);
  }
}

async function startOne(way: Way): Promise<Started> {
  return new Promise((resolve) => {
    const run = ship<{ written: number }>({
      program: 'near-a-stop.mjs',
      args: [way],
      url: server.url,
      env: { VICTORIALOGS_EXIT_TIMEOUT_MS: String(EXIT_TIMEOUT_MS) },
      timeoutMs: 150_000,
      onStart: (child, report, name) => resolve({ way, child, report, name, run }),
    });
  });
}

/** Continues what is frozen, ends what can end, and kills what is blocked. */
async function endAll(started: readonly Started[]) {
  for (const { way, child } of started) {
    child.kill('SIGCONT');
    child.kill(way.startsWith('blocked') ? 'SIGKILL' : 'SIGTERM');
  }
  return Promise.all(started.map(({ run }) => run));
}

async function missing(runs: readonly ShippingRun<{ written: number }>[]): Promise<number> {
  let lost = 0;
  await server.forceFlush();
  for (const { name, report, stderr } of runs) {
    expect(report.written).toBeGreaterThan(0);
    expect(stderr).toMatch(NOTHING_BUT_THE_OUTAGE);
    lost += Math.abs(report.written - (await distinct(`container_name:="${name}"`, 'shipper.seq')));
  }
  return lost;
}

async function distinct(query: string, field: string): Promise<number> {
  await server.forceFlush();
  const [row] = await server.query(`${query} | stats count_uniq(${field}) as rows`);
  return Number(row?.rows ?? 0);
}
