/** Faults of every kind in any order, in the middle of anything: each line is stored, or counted as dropped. */
import { randomInt } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { TransportOptions } from '../../packages/core/src/settings/table.ts';
import { createTransport, type Transport } from '../../packages/core/src/transport.ts';
import { startTakingServer } from '../../packages/core/test/taking-server.ts';
import { Chance } from '../environment/chance.ts';
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
const CASES = Array.from({ length: ROUNDS }, () =>
  WAYS.map((way) => ({ ...way, seed: randomInt(2 ** 31) })),
).flat();

beforeAll(() => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
});
afterAll(() => vi.restoreAllMocks());

it.concurrent.each(CASES)('$name, seed $seed', { timeout: 180_000 }, async (given) => {
  const { name: _name, seed, withSpool = false, ...options } = given;
  const server = await startTakingServer();
  const proxy = await startFaultProxy(server.url);
  const spoolDir = await mkdtemp(join(tmpdir(), 'direct-logging-any-'));
  const transport = createTransport({
    ...options,
    url: proxy.url,
    ...(withSpool ? { spoolDir } : {}),
  });
  const script: Fault[] = [];
  const faults = new Chance(seed);
  try {
    let going = true;
    const writing = writeAnyhow(transport, new Chance(seed), () => going);
    for (let at = 0; at < FAULTS; at++) {
      const fault = anyFault(faults);
      script.push(fault);
      await proxy.misbehave(fault);
      await sleep(faults.between(0, 400));
    }
    await proxy.misbehave({ kind: 'pass' });
    going = false;
    await writing;
    // What was in flight while the server hung is given up after ten seconds.
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
async function writeAnyhow(
  transport: Transport,
  chance: Chance,
  isGoing: () => boolean,
): Promise<void> {
  while (isGoing()) {
    for (let line = chance.onceIn(3) ? chance.between(0, 300) : 1; line > 0; line--) {
      const length = chance.between(0, chance.onceIn(10) ? 20_000 : 200);
      transport.write({ text: 'x'.repeat(length) });
    }
    await sleep(chance.between(0, 30));
  }
}

function anyFault(chance: Chance): Fault {
  return chance.oneOf<Fault>([
    { kind: 'pass' },
    { kind: 'refuse' },
    { kind: 'hang' },
    { kind: 'lose-answers' },
    { kind: 'forget' },
    { kind: 'reset', afterBytes: chance.between(0, 20_000) },
    { kind: 'delay', ms: chance.between(0, 300) },
    { kind: 'close-idle', ms: chance.between(1, 50) },
    { kind: 'answer', status: 503 },
    { kind: 'answer', status: 429, retryAfter: 1 },
    { kind: 'answer', status: 401 },
  ]);
}
