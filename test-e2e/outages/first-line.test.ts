/** The first line of a program that was silent before, over a connection that can only be made by the event loop. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, vi } from 'vitest';
import { forTests, testServer } from '../environment/for-tests.ts';
import { makeAuthority, startTlsFront } from '../https/tls-front.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { ship } from './shipping-program.ts';

const server = testServer({ own: true });
const authority = forTests(makeAuthority);
const front = forTests(async () => startTlsFront(server.url, await authority.sign('server')));

it.each([
  ['http', '--require', 'the program'],
  ['http', '--require', 'a forked child'],
  ['http', '--import', 'a forked child'],
  ['https', '--require', 'the program'],
  ['https', '--require', 'a forked child'],
  ['https', '--import', 'a forked child'],
])('survives SIGKILL: %s, %s, %s', async (protocol, flag, who) => {
  const folder = mkdtempSync(join(tmpdir(), 'direct-logging-first-line-'));
  const proxy = await startFaultProxy(server.url);
  const isSecure = protocol === 'https';
  const before = front.received();
  const url = isSecure ? front.url : proxy.url.replace('127.0.0.1', 'localhost');
  const env = { GO: join(folder, 'go'), NODE_EXTRA_CA_CERTS: authority.certificate };
  const [flags, args] = who === 'the program' ? [[flag, 'direct-logging'], []] : [[], [flag]];
  try {
    const running = ship({ program: 'first-line.cjs', args, url, flags, env, timeoutMs: 60_000 });
    await vi.waitFor(
      () =>
        expect(isSecure ? front.received() - before : proxy.seen.connections).toBeGreaterThan(0),
      { timeout: 60_000 },
    );
    // Now it has answers to read, too.
    await sleep(1_000);
    writeFileSync(env.GO, '');
    const { name } = await running;
    const rows = await server.queryWhen(`container_name:="${name}" "the first line"`, 1);
    expect(rows).toHaveLength(1);
  } finally {
    await proxy.stop();
    rmSync(folder, { recursive: true });
  }
});
