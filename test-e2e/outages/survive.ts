/** Runs a program through one outage and checks what has come of its lines. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { type Received, received } from './received.ts';
import type { Scenario } from './scenarios.ts';
import { type Report, type ShippingRun, ship } from './shipping-program.ts';

/** What goes through what. */
export interface Passage {
  readonly scenario: Scenario;
  readonly writer: Writer;
  /** 1 for the times of the scenario and 20,000 lines; in a short run both are less by the same factor. */
  readonly scale: number;
  /** Runs the program. Default: the Node that runs this. */
  readonly node?: string | undefined;
}

/** How the program logs; the names are those of `fixtures/writers.mjs`. */
export interface Writer {
  readonly name: string;
  /** Whether it prints its lines and knows nothing of us. Otherwise it uses our packages in code. */
  readonly withPreload: boolean;
}

/** What came of it. */
export interface Passed {
  readonly lines: number;
  readonly report: SteadyReport;
  readonly counts: Received;
  readonly seen: FaultProxy['seen'];
}

/** What steady.mjs leaves. */
interface SteadyReport extends Report {
  readonly microsecondsPerLine: number;
  readonly mostQueuedBytes: number;
  readonly peakRssBytes: number;
  readonly loopDelayMs: { readonly p99: number; readonly max: number };
  /** From the last line to the last acknowledgement. */
  readonly recoveryMs: number;
}

const LINES = 20_000;
const PER_SECOND = 2_000;
/**
 * At this speed a request holds 64 lines, and on a busy machine pauses end some of them early. An outage adds only few: a server in
 * trouble must not be hammered.
 */
const MAX_REQUESTS = (2 * LINES) / 64;

/** Every line must be stored, in order; with the shared server, or with one of its own that can be stopped. */
export async function survive(passage: Passage, shared: VictoriaLogs): Promise<Passed> {
  const { scenario, writer, scale } = passage;
  const lines = LINES * scale;
  const server = await serverFor(scenario, shared);
  const proxy = await startFaultProxy(server.url);
  try {
    const run = await runThrough(passage, server, proxy);
    const { report } = run;
    const { stats } = report;
    const counts = await received(server, run.name, stats.written);
    expect(run).toMatchObject({ code: 0, signal: null });
    expect(run.stdout.split('\n')).toHaveLength(writer.withPreload ? lines + 1 : 1);
    expect(stats).toMatchObject({ queued: 0 });
    expect(stats.written).toBeGreaterThanOrEqual(lines);
    if (scenario.isFelt) expect(proxy.seen.faults).toBeGreaterThan(0);
    for (const [reason, count] of Object.entries(stats.dropped)) {
      expect(count, reason).toBeLessThanOrEqual(scenario.dropped?.[reason] ?? 0);
    }
    const dropped = Object.values(stats.dropped).reduce((sum, count) => sum + count, 0);
    if (!scenario.serverLoses) expect(counts.missing).toBe(dropped);
    expect(counts.outOfOrder).toBe(0);
    expect(proxy.seen.requests).toBeLessThan(MAX_REQUESTS);
    expect(counts.duplicates).toBeLessThanOrEqual(scenario.maxDuplicates ?? stats.resent);
    return { lines, report, counts, seen: proxy.seen };
  } finally {
    await proxy.stop();
    if (server !== shared) await server.stop();
  }
}

async function serverFor(
  { startsDown, steps }: Scenario,
  shared: VictoriaLogs,
): Promise<VictoriaLogs> {
  if (!steps.some(({ server }) => server !== undefined)) return shared;
  const own = await startVictoriaLogs({ own: true, say: () => {} });
  if (startsDown) await own.stop({ keepData: true });
  return own;
}

async function runThrough(
  { scenario, writer, scale, node }: Passage,
  server: VictoriaLogs,
  proxy: FaultProxy,
): Promise<ShippingRun<SteadyReport>> {
  let script: Promise<void> | undefined;
  for (const { atMs, fault } of scenario.steps) {
    if (atMs === 0 && fault) await proxy.misbehave(scaled(fault, scale));
  }
  const run = await ship<SteadyReport>({
    program: 'steady.mjs',
    node,
    flags: writer.withPreload ? undefined : [],
    url: proxy.url,
    env: {
      ...scenario.env,
      WRITER: writer.name,
      LINES: String(LINES * scale),
      PER_SECOND: String(PER_SECOND),
      WAIT_MS: '60000',
    },
    timeoutMs: 100_000,
    onStart: (child) => {
      script = isConnected(scenario, proxy, child).then(() =>
        follow(scenario, scale, server, proxy, child),
      );
    },
  });
  await script;
  return run;
}

/** A program that takes long to start must not miss its outage. */
async function isConnected(
  { startsDown }: Scenario,
  { seen }: FaultProxy,
  child: ChildProcess,
): Promise<void> {
  while (!startsDown && seen.connections === 0 && child.exitCode === null) await sleep(5);
}

async function follow(
  scenario: Scenario,
  scale: number,
  server: VictoriaLogs,
  proxy: FaultProxy,
  child: ChildProcess,
): Promise<void> {
  let now = 0;
  let isToBeFelt = false;
  for (const step of scenario.steps) {
    await sleep((step.atMs - now) * scale);
    now = step.atMs;
    // A program that was busy all this time must not miss its outage either.
    while (isToBeFelt && proxy.seen.faults === 0 && child.exitCode === null) await sleep(5);
    isToBeFelt = scenario.isFelt === true;
    if (step.fault) await proxy.misbehave(scaled(step.fault, scale));
    if (step.server === 'kill') await server.kill();
    if (step.server === 'stop') await server.stop({ keepData: true });
    if (step.server === 'start') await server.restart();
    if (step.server === 'freeze') await server.freeze();
    if (step.server === 'unfreeze') await server.unfreeze();
  }
}

/** In a short run answers that are late are less late. */
function scaled(fault: Fault, scale: number): Fault {
  return fault.kind === 'delay' && fault.ms > 1_000 ? { ...fault, ms: fault.ms * scale } : fault;
}
