/** A server that hangs or is down delays the end of a program by no more than the settings say, and no line makes it try again. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import type { ProgramRun } from '../environment/run-program.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { record } from './measured.ts';
import { ship } from './shipping-program.ts';

/** What `fast.mjs` reports. */
interface Cost {
  readonly microsecondsPerLine: number;
  /** How often a connection was begun. */
  readonly attempts: number;
}

const ENDINGS = ['exit', 'natural'] as const;
const EXIT_TIMEOUT_MS = 700;
/** What starting and ending a Node costs besides, on a busy machine. */
const SLACK_MS = 1_000;
const LAST_TRY_MS = 500;

let server: VictoriaLogs;
let proxy: FaultProxy;

beforeAll(async () => {
  server = await startVictoriaLogs({ own: true, say: () => {} });
  proxy = await startFaultProxy(server.url);
});
afterAll(async () => {
  await proxy?.stop();
  await server?.stop();
});

describe.each(ENDINGS)('a program that ends: %s', (ending) => {
  const run = (env: Record<string, string>, waitMs: number) =>
    ship({
      program: 'ends.mjs',
      args: [ending],
      url: proxy.url,
      env: { WAIT_MS: String(waitMs), ...env },
    });
  /** The same with nothing shipped, without the time that it waits. */
  const delayOf = async (hindered: ProgramRun, waitMs: number): Promise<number> => {
    const bare = await run({ LOG_LEVEL: 'OFF' }, waitMs);
    expect(hindered).toMatchObject({ code: 3, signal: null, stdout: bare.stdout });
    return Math.round(hindered.durationMs - bare.durationMs);
  };

  it('waits for a server that hangs no longer than VICTORIALOGS_EXIT_TIMEOUT_MS', async () => {
    await proxy.misbehave({ kind: 'hang' });
    const env = { VICTORIALOGS_EXIT_TIMEOUT_MS: String(EXIT_TIMEOUT_MS) };
    const delayMs = await delayOf(await run(env, 50), 50);
    record('exits', `server hangs, ${ending}`, { delayMs, settingMs: EXIT_TIMEOUT_MS });
    expect(delayMs).toBeLessThan(EXIT_TIMEOUT_MS + SLACK_MS);
  });

  it('makes a short last try when the server is known to be down', async () => {
    await proxy.misbehave({ kind: 'refuse' });
    const delayMs = await delayOf(await run({}, 1_000), 1_000);
    record('exits', `server down, ${ending}`, { delayMs });
    expect(delayMs).toBeLessThan(LAST_TRY_MS + SLACK_MS);
  });

  it('makes a short last try when the server has hung for long', { timeout: 60_000 }, async () => {
    await proxy.misbehave({ kind: 'hang' });
    const delayMs = await delayOf(await run({}, 11_000), 11_000);
    record('exits', `server has hung for long, ${ending}`, { delayMs });
    expect(delayMs).toBeLessThan(LAST_TRY_MS + SLACK_MS);
  });

  it('delivers in the last try what a server that came back takes', async () => {
    await proxy.misbehave({ kind: 'refuse' });
    const shipping = run({}, 4_000);
    setTimeout(() => void proxy.misbehave({ kind: 'pass' }), 3_000);
    const { name } = await shipping;
    expect(await server.queryWhen(`container_name:="${name}"`, 101)).toHaveLength(101);
  });
});

describe('a line', () => {
  const LINES = isFullRun() ? 300_000 : 60_000;
  /** The least of some runs: others work on the same machine. */
  const costOf = async (env: Record<string, string>): Promise<Cost> => {
    const costs: Cost[] = [];
    for (let run = 0; run < 3; run++) {
      const { report } = await ship<Cost>({
        program: 'fast.mjs',
        url: proxy.url,
        env: { LINES: String(LINES), ...env },
      });
      costs.push(report);
    }
    const microsecondsPerLine = Math.min(...costs.map((cost) => cost.microsecondsPerLine));
    return {
      microsecondsPerLine: Number(microsecondsPerLine.toFixed(2)),
      attempts: Math.max(...costs.map(({ attempts }) => attempts)),
    };
  };

  it('makes no attempt of its own while the server is down or hangs', async () => {
    await proxy.misbehave({ kind: 'pass' });
    const up = await costOf({});
    await proxy.misbehave({ kind: 'refuse' });
    const down = await costOf({});
    await proxy.misbehave({ kind: 'hang' });
    const hanging = await costOf({});
    const bare = await costOf({ LOG_LEVEL: 'OFF' });
    record('exits', 'microseconds per line', {
      bare: bare.microsecondsPerLine,
      up: up.microsecondsPerLine,
      down: down.microsecondsPerLine,
      hanging: hanging.microsecondsPerLine,
    });
    expect(bare.attempts).toBe(0);
    for (const { attempts } of [up, down, hanging]) {
      expect(attempts).toBeGreaterThan(0);
      expect(attempts).toBeLessThan(LINES / 1_000);
    }
  }, 120_000);
});
