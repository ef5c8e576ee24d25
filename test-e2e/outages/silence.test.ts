/** A program ends while its connections are silent. Some have died without a sign: no line is lost. Others wait for a busy server. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { forTests, testServer } from '../environment/for-tests.ts';
import { makeAuthority, startTlsFront } from '../https/tls-front.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { received } from './received.ts';
import { ship } from './shipping-program.ts';

const CASES = ['http', 'https'].flatMap((protocol) =>
  ['exit', 'natural'].map((termination) => ({ protocol, termination })),
);
/** What a connection that was suspected wrongly may store twice. */
const BOUND = 64;
/** On a busy machine, a thread that makes a handshake takes long. */
const ENOUGH = { VICTORIALOGS_EXIT_TIMEOUT_MS: '14000' };
/** Later than half of that. */
const LATE = { kind: 'delay', ms: 7_600 } as const;

const server = testServer({ own: true });
const authority = forTests(makeAuthority);
const certificate = forTests(() => authority.sign('server'));

/** Runs a program behind a proxy of its own; returns what is stored of its lines. */
async function storedOf(
  program: string,
  { protocol, termination, host = '127.0.0.1' }: (typeof CASES)[number] & { host?: string },
  env: Record<string, string>,
  onStart: (proxy: FaultProxy, child: ChildProcess) => Promise<void>,
) {
  const proxy = await startFaultProxy(server.url);
  const front = protocol === 'https' ? await startTlsFront(proxy.url, certificate) : undefined;
  try {
    const run = await ship({
      program,
      args: [termination],
      url: front?.url ?? proxy.url.replace('127.0.0.1', host),
      env: { ...env, NODE_EXTRA_CA_CERTS: authority.certificate },
      onStart: (child) => void onStart(proxy, child),
    });
    expect(run.signal).toBeNull();
    const printed = run.stdout.trimEnd().split('\n').length;
    // On a busy machine, what was not confirmed at the end of the program comes later.
    await server.queryWhen(`container_name:="${run.name}" | fields shipper.seq`, printed);
    return { ...(await received(server, run.name, printed)), stderr: run.stderr };
  } finally {
    await front?.stop();
    await proxy.stop();
  }
}

it.each(CASES)(
  'connections that die while they are in use lose nothing ($protocol, $termination)',
  async (given) => {
    const counts = await storedOf('prints-until-told.mjs', given, ENOUGH, async (proxy, child) => {
      while (proxy.seen.requests < 20) await sleep(10);
      await proxy.misbehave({ kind: 'forget' });
      child.kill('SIGUSR2');
    });
    expect(counts).toMatchObject({ missing: 0, stderr: '' });
    // The server may have the lines of both connections: one has an answer on its way while the other takes lines.
    expect(counts.duplicates).toBeLessThanOrEqual(2 * BOUND);
  },
);

it.concurrent.each([150, 450])(
  'single lines, one every %i ms, survive SIGKILL though each answer takes two seconds',
  async (everyMs) => {
    const slow = await startFaultProxy(server.url);
    await slow.misbehave({ kind: 'delay', ms: 2_000 });
    try {
      const runs = await Promise.all(
        Array.from({ length: 6 }, (_, at) => {
          const env = { LINES: String(9 + at), EVERY_MS: String(everyMs) };
          return ship({ program: 'lone-lines-then-killed.mjs', url: slow.url, env });
        }),
      );
      for (const [at, { name, signal }] of runs.entries()) {
        expect(signal).toBe('SIGKILL');
        await server.queryWhen(`container_name:="${name}"`, 9 + at);
        expect(await received(server, name, 9 + at)).toMatchObject({ missing: 0, duplicates: 0 });
      }
    } finally {
      await slow.stop();
    }
  },
);

it.concurrent.each(pairsOf(CASES, [100, 5_000]).map(([given, lines]) => ({ ...given, lines })))(
  'a server whose answers to lines take long stores few twice ($protocol, $termination, $lines lines)',
  async ({ lines, ...given }) => {
    const env = { ...ENOUGH, IDLE_MS: '800', LINES: String(lines) };
    const delayed = (proxy: FaultProxy) => proxy.misbehave({ ...LATE, fromLines: 1 });
    const counts = await storedOf('prints-and-ends.mjs', given, env, delayed);
    expect(counts.missing, counts.stderr).toBe(0);
    expect(counts.duplicates).toBeLessThanOrEqual(BOUND);
    expect(counts.stderr).not.toContain('DL_LOST_AT_EXIT');
  },
);

it.concurrent.each(pairsOf(['http', 'https'], ['127.0.0.1', 'localhost']))(
  'a server (%s, %s) that answers new requests before old ones stores few twice',
  async (protocol, host) => {
    const given = { protocol, termination: 'exit', host };
    const counts = await storedOf('after-restart.mjs', given, ENOUGH, async (proxy, child) => {
      // The first connections are used before the program begins.
      while (proxy.seen.lines < 100 || proxy.seen.requests < 2) await sleep(10);
      if (protocol === 'http') {
        await proxy.misbehave({ kind: 'refuse' });
        // The program finds out and holds back.
        await sleep(300);
      }
      await proxy.misbehave({ ...LATE, fromLines: 1_000 });
      child.kill('SIGUSR2');
    });
    expect(counts).toMatchObject({ missing: 0, stderr: '' });
    // Of each silent request, 16 KiB: on a busy machine the lines may be in up to four.
    expect(counts.duplicates).toBeLessThanOrEqual(4 * BOUND);
  },
);
