/**
 * Programs that block. VictoriaLogs is stopped while they are blocked right after some lines: no request of theirs may be open. And their
 * event loop may never run: lines must not wait for a connection that only the loop could make.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { testServer } from '../environment/for-tests.ts';
import { startTlsProxy, type TlsProxy } from '../kill-matrix/tls-proxy.ts';
import { startBystander } from './bystander.ts';
import { type StartedProgram, ship, shipUntilReport } from './shipping-program.ts';

const WAYS = [
  'execSync',
  'execFileSync',
  'spawnSync',
  'wait',
  'thread with pino',
  'thread with pino, sync',
];
/** One is enough to make a stop fail. */
const CASES = isFullRun() ? [...WAYS.map((way) => [way]), WAYS] : [WAYS];
/** What a program of `blocks.cjs` logs. */
const LINES = 3;

const server = testServer({ own: true });

describe.each(['http', 'https'])('over %s', (protocol) => {
  it.each(CASES.map((ways) => [ways.join('; '), ways] as const))(
    '%s: a stop ends with status 0, and nothing acknowledged is lost',
    { timeout: 120_000 },
    async (_, ways) => {
      const proxy = protocol === 'https' ? await startTlsProxy(server.url) : undefined;
      const bystander = startBystander(server);
      const started = await Promise.all(ways.map((way) => startOne(way, proxy)));
      await sleep(1_000);

      const end = await server.stop({ keepData: true });
      await server.restart();
      await sleep(500);
      const acknowledged = await bystander.stop();
      const stored = await Promise.all(started.map(({ name }) => linesOf(name)));
      for (const { child } of started) child.kill('SIGKILL');
      await Promise.all(started.map(({ run }) => run));
      await proxy?.stop();

      expect(acknowledged.length).toBeGreaterThan(0);
      const lostOfOther = (await bystander.missing(acknowledged)).length;
      expect({ end, stored, lostOfOther }).toEqual({
        end: { code: 0, signal: null },
        stored: ways.map(() => LINES),
        lostOfOther: 0,
      });
    },
  );
});

/** A name has to be looked up, which takes the event loop as a handshake does. */
describe.each([
  ['main', 'http://127.0.0.1'],
  ['main', 'http://localhost'],
  ['main', 'https://127.0.0.1'],
  ['thread', 'http://127.0.0.1'],
  ['thread', 'http://localhost'],
  ['thread', 'https://127.0.0.1'],
])('the event loop of a thread (%s) never runs, over %s', (where, address) => {
  let got = '';
  const numbers = () => [...got.matchAll(/line (\d+)/g)].map(([, number]) => Number(number));
  const count = () => new Set(numbers()).size;
  const last = () => Math.max(...numbers());

  async function start(maxRequests: number) {
    got = '';
    const sockets = new Set<Socket>();
    const receiver = createServer((request, response) => {
      // The kill cuts off the last request.
      request.on('data', (chunk) => (got += chunk)).on('error', () => {});
      request.on('end', () => response.writeHead(200).end());
    });
    receiver.maxRequestsPerSocket = maxRequests;
    receiver.on('connection', (socket) => sockets.add(socket));
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void receiver.close());
    const { port } = receiver.address() as AddressInfo;
    const proxy = address.startsWith('https')
      ? await startTlsProxy(`http://127.0.0.1:${port}`)
      : undefined;
    onTestFinished(() => proxy?.stop());
    const restart = async (afterMs: number) => {
      receiver.close();
      for (const socket of sockets) socket.destroy();
      await sleep(afterMs);
      receiver.listen(port, '127.0.0.1');
    };
    const run = (lines: number, how = where, flags?: readonly string[], longMs = 0) =>
      ship({
        flags,
        program: 'blocks-in-turn.cjs',
        args: [how, String(lines), String(longMs)],
        url: proxy?.url ?? `${address}:${port}`,
        env: proxy ? { NODE_EXTRA_CA_CERTS: proxy.certificate } : {},
      });
    return { run, restart };
  }

  /** On a busy machine, the waits for a thread and its handshakes may use up their time before the last line. */
  const mayMiss = address.startsWith('https') ? 30 : 0;

  it('goes on sending where the server closes connections after some requests', async () => {
    const { run } = await start(10);
    await run(60);
    // What the kernel has is on its way.
    await vi.waitUntil(() => count() === 60, { timeout: 3_000 }).catch(() => {});
    expect(count()).toBeGreaterThanOrEqual(60 - mayMiss);
  });

  it('sends what it logs after a restart of the server', async () => {
    const { run, restart } = await start(0);
    const running = run(100);
    await vi.waitUntil(() => count() >= 10, { timeout: 10_000 });
    await restart(300);
    const before = last();
    await running;
    await vi.waitUntil(() => last() === 99, { timeout: 3_000 }).catch(() => {});
    expect(last()).toBeGreaterThan(mayMiss > 0 ? before : 98);
  });

  it.runIf(where === 'main')('is connected again once the event loop goes on', async () => {
    const { run } = await start(0);
    await run(5, 'once', ['--require', 'direct-logging']);
    await vi.waitUntil(() => count() === 5, { timeout: 3_000 }).catch(() => {});
    expect(count()).toBe(5);
  });

  /** The timeout of a handshake is two seconds. VictoriaLogs waits five seconds for its end, in which the loop has two turns. */
  it.runIf(where === 'main' && address.startsWith('https')).each([
    ['computes', 2_400],
    ['long', 3_000],
    ['works', 4_000],
  ])(
    'gets everything through although it blocks (%s) for %i ms again and again, with a turn in between',
    async (how, longMs) => {
      const { run } = await start(0);
      await run(6, how, ['--require', 'direct-logging'], longMs);
      await vi.waitUntil(() => count() === 6, { timeout: 3_000 }).catch(() => {});
      expect(count()).toBe(6);
    },
  );
});

it('waits once where a transport in code is of another copy of the package', async () => {
  const late = createServer((request, response) => {
    request.resume().on('end', () => setTimeout(() => response.writeHead(200).end(), 250));
  });
  await once(late.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void late.close());
  const url = `http://127.0.0.1:${(late.address() as AddressInfo).port}`;
  const { report } = await ship<{ longestMs: number }>({
    program: 'blocks-with-two-copies.mjs',
    url,
  });
  expect(report).toMatchObject({ complete: true, resent: 0 });
  // Where each wait of ours began another one, this took until the stack was full: 1.2 s and more.
  expect(report.longestMs).toBeLessThan(1_000);
});

/** Resolves when it is about to block. */
function startOne(way: string, proxy: TlsProxy | undefined): Promise<StartedProgram> {
  const trust = proxy && { NODE_EXTRA_CA_CERTS: proxy.certificate };
  return shipUntilReport({
    program: 'blocks.cjs',
    args: [way],
    url: proxy?.url ?? server.url,
    env: { ...trust },
  });
}

async function linesOf(name: string): Promise<number> {
  await server.forceFlush();
  const [row] = await server.query(`container_name:="${name}" | stats count() as rows`);
  return Number(row?.rows ?? 0);
}
