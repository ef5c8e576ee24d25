/** Faults of every kind in any order, in the middle of anything: each line is stored, or counted as dropped. */
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { TransportOptions } from '../../packages/core/src/options.ts';
import { createTransport, type Transport } from '../../packages/core/src/transport.ts';
import { startTakingServer } from '../../packages/core/test/taking-server.ts';
import { isFullRun } from '../environment/extent.ts';
import { type Fault, startFaultProxy } from './fault-proxy.ts';

const ROUNDS = isFullRun() ? 10 : 1;
const FAULTS = 15;
const SMALL_QUEUE = 1 << 16;

const WAYS: readonly (TransportOptions & {
  readonly name: string;
  readonly withSpool?: boolean;
})[] = [
  { name: 'the defaults' },
  { name: 'a small queue', maxQueueBytes: SMALL_QUEUE },
  { name: 'durable', durable: true },
  { name: 'a spool and a small queue', withSpool: true, maxQueueBytes: SMALL_QUEUE },
  { name: 'a spool, durable', withSpool: true, durable: true },
];
const CASES = Array.from({ length: ROUNDS }, (_, round) =>
  WAYS.map((way) => ({ ...way, round: round + 1 })),
).flat();

beforeAll(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterAll(() => vi.restoreAllMocks());

it.concurrent.each(CASES)('$name, round $round', { timeout: 180_000 }, async (given) => {
  const { name: _name, round: _round, withSpool = false, ...options } = given;
  const server = await startTakingServer();
  const proxy = await startFaultProxy(server.url);
  const spoolDir = await mkdtemp(join(tmpdir(), 'direct-logging-any-'));
  const transport = createTransport({
    ...options,
    url: proxy.url,
    ...(withSpool ? { spoolDir } : {}),
  });
  const script: Fault[] = [];
  try {
    let going = true;
    const writing = writeAnyhow(transport, () => going);
    for (let at = 0; at < FAULTS; at++) {
      const fault = anyFault();
      script.push(fault);
      await proxy.misbehave(fault);
      await sleep(random(400));
    }
    await proxy.misbehave({ kind: 'pass' });
    going = false;
    await writing;
    // What was under way while the server hung is given up after ten seconds.
    await vi.waitFor(
      async () => {
        await transport.flush({ timeoutMs: 1_000 });
        expect(transport.stats).toMatchObject({ queued: 0, spooled: 0 });
      },
      { timeout: 120_000 },
    );
    const { written, dropped, resent, delivered } = transport.stats;
    const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    // What was stored although its answer was lost may have been given up afterwards.
    const stored = new Set(server.counters).size;
    expect(stored).toBeGreaterThanOrEqual(written - lost);
    if (lost === 0) expect(stored).toBe(written);
    expect(delivered).toBe(written - lost);
    expect(server.counters.length).toBeLessThanOrEqual(written + resent);
    if (withSpool) expect(dropped).toEqual({});
    await transport.close();
    expect(await readdir(spoolDir)).toEqual([]);
  } catch (error) {
    throw new Error(`${error} after ${JSON.stringify(script)}, ${JSON.stringify(transport.stats)}`);
  } finally {
    await transport.close({ timeoutMs: 0 });
    await proxy.stop();
    await server.stop();
    await rm(spoolDir, { recursive: true, force: true });
  }
});

/** Bursts and single lines, short and long. */
async function writeAnyhow(transport: Transport, isGoing: () => boolean): Promise<void> {
  while (isGoing()) {
    for (let line = random(3) === 0 ? random(300) : 1; line > 0; line--) {
      transport.write({ text: 'x'.repeat(random(random(10) === 0 ? 20_000 : 200)) });
    }
    await sleep(random(30));
  }
}

function anyFault(): Fault {
  const faults: readonly Fault[] = [
    { kind: 'pass' },
    { kind: 'refuse' },
    { kind: 'hang' },
    { kind: 'lose-answers' },
    { kind: 'forget' },
    { kind: 'reset', afterBytes: random(20_000) },
    { kind: 'delay', ms: random(300) },
    { kind: 'close-idle', ms: 1 + random(50) },
    { kind: 'answer', status: 503 },
    { kind: 'answer', status: 429, retryAfter: 1 },
    { kind: 'answer', status: 401 },
  ];
  return faults[random(faults.length)] as Fault;
}

/** Whole numbers below this one. */
function random(below: number): number {
  return Math.floor(Math.random() * below);
}
