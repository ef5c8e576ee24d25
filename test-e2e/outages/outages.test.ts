/** 20,000 lines at 2,000 a second through every outage (5,000 lines in the short run): all of them arrive, in order. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { received } from './received.ts';
import { isFullRun, record } from './results.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';
import { type ShippingRun, ship } from './shipping-program.ts';

/** An open request takes a second: a shorter fault could pass between two of them. */
const SCALE = isFullRun() ? 1 : 0.25;
const LINES = 20_000 * SCALE;
const PER_SECOND = 2_000;
/** Far more than any outage needs; a server in trouble must not be hammered. */
const MOST_REQUESTS = 300;
const MB = 1_000_000;

/** What steady.mjs leaves. */
interface Report {
  readonly stats: {
    readonly written: number;
    readonly delivered: number;
    readonly resent: number;
    readonly queued: number;
    readonly dropped: Readonly<Record<string, number>>;
  };
  readonly microsecondsPerLine: number;
  readonly mostQueuedBytes: number;
  readonly peakRssBytes: number;
  readonly loopDelayMs: { readonly p99: number; readonly max: number };
  /** From the last line to the last acknowledgement. */
  readonly recoveryMs: number;
}

let shared: VictoriaLogs;

beforeAll(async () => {
  shared = await startVictoriaLogs({ own: true, say: () => {} });
});
afterAll(async () => {
  await shared?.stop();
});

describe.each(SCENARIOS)('$name', { concurrent: !isFullRun(), timeout: 120_000 }, (scenario) => {
  it('delivers every line in order', async ({ expect }) => {
    const server = await serverFor(scenario);
    const proxy = await startFaultProxy(server.url);
    try {
      const run = await runThrough(scenario, server, proxy);
      const { stats, loopDelayMs, ...report } = run.report;
      const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
      const counts = await received(server, run.name, stats.written);
      record('outages', scenario.name, {
        lines: LINES,
        ...counts,
        resent: stats.resent,
        dropped: stats.dropped,
        requests: proxy.seen.requests,
        connections: proxy.seen.connections,
        recoveryMs: Math.round(report.recoveryMs),
        peakRssMb: Math.round(report.peakRssBytes / MB),
        mostQueuedKb: Math.round(report.mostQueuedBytes / 1_000),
        microsecondsPerLine: Number(report.microsecondsPerLine.toFixed(1)),
        loopDelayMs: { p99: Math.round(loopDelayMs.p99), max: Math.round(loopDelayMs.max) },
      });
      expect(run).toMatchObject({ code: 0, signal: null });
      expect(run.stdout.split('\n')).toHaveLength(LINES + 1);
      expect(stats.queued).toBe(0);
      if (scenario.isFelt) expect(stats.resent).toBeGreaterThan(0);
      for (const [reason, count] of Object.entries(stats.dropped)) {
        expect(count, reason).toBeLessThanOrEqual(scenario.dropped?.[reason] ?? 0);
      }
      if (!scenario.serverLoses) expect(counts.missing).toBe(dropped);
      expect(counts.outOfOrder).toBe(0);
      expect(proxy.seen.requests).toBeLessThan(MOST_REQUESTS);
      expect(counts.doubled).toBeLessThanOrEqual(stats.resent);
    } finally {
      await proxy.stop();
      if (server !== shared) await server.stop();
    }
  });
});

async function serverFor({ startsDown, steps }: Scenario): Promise<VictoriaLogs> {
  if (!steps.some(({ server }) => server !== undefined)) return shared;
  const own = await startVictoriaLogs({ own: true, say: () => {} });
  if (startsDown) await own.stop({ keepData: true });
  return own;
}

async function runThrough(
  scenario: Scenario,
  server: VictoriaLogs,
  proxy: FaultProxy,
): Promise<ShippingRun<Report>> {
  let script: Promise<void> | undefined;
  for (const { atMs, fault } of scenario.steps) {
    if (atMs === 0 && fault) await proxy.misbehave(scaled(fault));
  }
  const run = await ship<Report>({
    program: 'steady.mjs',
    url: proxy.url,
    env: {
      ...scenario.env,
      LINES: String(LINES),
      PER_SECOND: String(PER_SECOND),
      WAIT_MS: '60000',
    },
    timeoutMs: 100_000,
    onStart: () => {
      script = follow(scenario, server, proxy);
    },
  });
  await script;
  return run;
}

async function follow(scenario: Scenario, server: VictoriaLogs, proxy: FaultProxy): Promise<void> {
  let now = 0;
  for (const step of scenario.steps) {
    await sleep((step.atMs - now) * SCALE);
    now = step.atMs;
    if (step.fault) await proxy.misbehave(scaled(step.fault));
    if (step.server === 'kill') await server.kill();
    if (step.server === 'stop') await server.stop({ keepData: true });
    if (step.server === 'start') await server.restart();
  }
}

/** Two seconds are the longest a short run waits for an answer. */
function scaled(fault: Fault): Fault {
  return fault.kind === 'delay' && fault.ms > 1_000 ? { ...fault, ms: fault.ms * SCALE } : fault;
}
