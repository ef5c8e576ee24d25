/** The end of a process waits for the lines of its threads, too, and its report counts them. */
import { writeFile } from 'node:fs/promises';
import { describe, expect, it, vi } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { type Fault, startFaultProxy } from './fault-proxy.ts';
import { ship } from './shipping-program.ts';

const EXIT_TIMEOUT_MS = 20_000;
const WAYS = ['a natural end', 'process.exit', 'log.flush', 'an error'];

const server = testServer({ own: true });

/** Ends the program after its first 300 lines have come and the server has this fault. */
async function endDuring(fault: Fault, way: string) {
  const proxy = await startFaultProxy(server.url);
  const tell = async (report: string): Promise<void> => {
    // Not expect.poll: beside concurrent tests it does not always know its test.
    await vi.waitUntil(() => proxy.seen.lines === 300, { timeout: 50_000 });
    await proxy.misbehave(fault);
    await writeFile(report, '{}');
  };
  let told: Promise<void> | undefined;
  const run = await ship({
    program: 'thread-ends.cjs',
    args: [way],
    url: proxy.url,
    env: { VICTORIALOGS_EXIT_TIMEOUT_MS: String(EXIT_TIMEOUT_MS) },
    timeoutMs: 60_000,
    onStart: (_, report) => {
      told = tell(report);
    },
  });
  await told;
  await proxy.stop();
  await server.forceFlush();
  const rows = await server.query(`container_name:="${run.name}" i:*`);
  return { run, stored: rows.length };
}

describe.concurrent.each(WAYS)('%s', { timeout: 90_000 }, (way) => {
  it('reports what pino has in a thread while the server is down', async () => {
    const { run, stored } = await endDuring({ kind: 'refuse' }, way);
    expect(run.stdout.split('\n')).toHaveLength(501);
    // What was cut on its way to the server, or on the way of its answer, may be stored or not.
    const told = [...run.stderr.matchAll(/(\d+) log records were/g)];
    const missing = told.reduce((sum, [, lines]) => sum + Number(lines), 0);
    expect(missing).toBeGreaterThanOrEqual(500 - stored);
    expect(missing).toBeLessThanOrEqual(501);
  });

  it('waits for what pino has in a thread while the server is slow', async () => {
    const { run, stored } = await endDuring({ kind: 'delay', ms: 1_500 }, way);
    expect(stored).toBe(500);
    expect(run.stderr).not.toContain('DirectLoggingWarning');
  });
});
