/** Through a reverse proxy, an agent or a cluster, whose storage is stopped and started meanwhile: all lines, in order. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { namedServer, understoodSettings } from '@direct-logging/core';
import { describe, expect, it } from 'vitest';
import { checkServer } from '../../packages/cli/src/doctor/server.ts';
import { isFullRun } from '../environment/extent.ts';
import type { VictoriaLogs } from '../environment/victorialogs.ts';
import { makeAuthority } from '../https/tls-front.ts';
import {
  cluster,
  haproxy,
  hasNginx,
  type InBetween,
  nginx,
  nginxStream,
  vlagent,
  vmauth,
} from './in-between.ts';
import { record } from './measured.ts';
import { received } from './received.ts';
import { type ShippingRun, ship } from './shipping-program.ts';

const LINES = isFullRun() ? 10_000 : 4_000;
const PER_SECOND = 2_000;
const BURST = 40_000;
const KILLED_PROGRAMS = 20;
const KILLED_LINES = 30;

const CLUSTER = { name: 'cluster of an insert node and two storage nodes', start: cluster };
const VMAUTH_AS_INSTALLED = { name: 'vmauth as installed', start: () => vmauth(undefined, []) };
const NGINX_AS_INSTALLED = { name: 'nginx as installed', start: nginx('') };
const VLAGENT = { name: 'vlagent', start: vlagent };
/** They collect a request before they pass it on. Of one that breaks off, they pass on nothing. */
const COLLECTING = [NGINX_AS_INSTALLED.name, VMAUTH_AS_INSTALLED.name];
/** They can drop what they read in one go with the end of a connection. */
const NGINX_UNBUFFERED = {
  name: 'nginx that passes requests on as they come',
  start: nginx('proxy_request_buffering off; client_max_body_size 0;'),
};
const HAPROXY_HTTP = { name: 'HAProxy in http mode', start: haproxy('http') };
const DROPPING = [NGINX_UNBUFFERED.name, HAPROXY_HTTP.name];
/** The others take their time to build or install. */
const OTHERS = [
  NGINX_AS_INSTALLED,
  NGINX_UNBUFFERED,
  { name: 'nginx that passes connections on', start: () => nginxStream() },
  HAPROXY_HTTP,
  { name: 'HAProxy in tcp mode', start: haproxy('tcp') },
  VMAUTH_AS_INSTALLED,
  { name: 'vmauth that passes requests on as they come', start: () => vmauth() },
  VLAGENT,
];
const TRIED = isFullRun() ? [CLUSTER, ...OTHERS] : [CLUSTER];
/** In the short run they wait most of the time. */
const TOGETHER = { concurrent: !isFullRun() };

describe.each(TRIED)('$name', TOGETHER, ({ name, start }) => {
  it('keeps all lines while the storage is stopped and started', { timeout: 900_000 }, async () => {
    const between = await start();
    try {
      const run = await shipThrough(between, { LINES, PER_SECOND }, () =>
        endAndStart(between.storage, 'stop'),
      );
      await expectAll(between, run, name);
    } finally {
      await between.stop();
    }
  });

  it('takes lines as fast as they come', { timeout: 900_000 }, async () => {
    const between = await start();
    try {
      const run = await shipThrough(between, { LINES: BURST, PER_SECOND: 1_000_000 });
      await expectAll(between, run, `${name}, ${BURST.toLocaleString('en-US')} lines at once`);
    } finally {
      await between.stop();
    }
  });

  it('passes on what killed programs have sent, unless it collects requests', async () => {
    const between = await start();
    try {
      const job = randomUUID();
      for (let program = 0; program < KILLED_PROGRAMS; program++) {
        const { signal } = await ship({
          program: 'killed-in-burst.mjs',
          url: between.url,
          env: { LINES: String(KILLED_LINES), VICTORIALOGS_JOB: job },
        });
        expect(signal).toBe('SIGKILL');
      }
      const printed = KILLED_PROGRAMS * KILLED_LINES;
      const collects = COLLECTING.includes(name);
      const losesNone = !collects && !DROPPING.includes(name);
      const stored = await storedOf(between, job, losesNone ? printed : KILLED_PROGRAMS);
      record('killed', name, { lines: printed, stored });
      if (losesNone) expect(stored).toBe(printed);
      // Usually each first line is a request of its own, and is stored.
      else expect(stored).toBeGreaterThanOrEqual(KILLED_PROGRAMS / 2);
      if (collects) expect(stored).toBeLessThanOrEqual(KILLED_PROGRAMS);
      // vlagent takes no queries, so the doctor does not get that far.
      const verdict = name === VLAGENT.name ? undefined : collects ? 'warn' : 'ok';
      expect(await doctorsVerdict(between)).toBe(verdict);
    } finally {
      await between.stop();
    }
  });
});

describe('cluster, one storage node killed', TOGETHER, () => {
  it('loses at most what that node had acknowledged and not saved', async () => {
    const between = await cluster();
    try {
      const run = await shipThrough(between, { LINES, PER_SECOND }, () =>
        endAndStart(between.storage, 'kill'),
      );
      const { stats } = run.report;
      await sleep(3_000);
      const counts = await received(between.queries, run.name, stats.written);
      record('in-between', 'cluster, one of two storage nodes killed (SIGKILL)', {
        lines: stats.written,
        ...counts,
        resent: stats.resent,
      });
      expect(stats).toMatchObject({ queued: 0, dropped: {} });
      expect(counts.outOfOrder).toBe(0);
      // The other node has its half of what was sent before, and all that came meanwhile.
      expect(counts.missing).toBeLessThan(LINES * 0.6);
    } finally {
      await between.stop();
    }
  });
});

describe.skipIf(!(await hasNginx()))('nginx that passes TLS connections on', TOGETHER, () => {
  it('has all lines of a program that is killed while it is frozen', async () => {
    const authority = await makeAuthority();
    const between = await nginxStream(await authority.sign('server'));
    try {
      const { name, signal } = await ship({
        program: 'lone-lines-then-killed.mjs',
        url: between.url,
        // Frozen for longer than a request lasts that ends by its age.
        env: { LINES: '1200', EVERY_MS: '5', NODE_EXTRA_CA_CERTS: authority.certificate },
        onStart: async (_child, _report, container) => {
          const query = `container_name:="${container}" _msg:="line 100"`;
          await between.queries.queryWhen(query, 1);
          between.signal?.('SIGSTOP');
        },
      });
      expect(signal).toBe('SIGKILL');
      between.signal?.('SIGCONT');
      await between.queries.queryWhen(`container_name:="${name}"`, 1_200);
      const counts = await received(between.queries, name, 1_200);
      expect(counts).toMatchObject({ missing: 0, duplicates: 0 });
    } finally {
      between.signal?.('SIGCONT');
      await between.stop();
      authority.remove();
    }
  });
});

async function shipThrough(
  { url }: InBetween,
  load: { readonly LINES: number; readonly PER_SECOND: number },
  meanwhile: () => Promise<void> = async () => {},
): Promise<ShippingRun> {
  let done = Promise.resolve();
  const run = await ship({
    program: 'steady.mjs',
    url,
    env: { LINES: String(load.LINES), PER_SECOND: String(load.PER_SECOND), WAIT_MS: '60000' },
    timeoutMs: 90_000,
    onStart: () => {
      done = meanwhile();
    },
  });
  await done;
  return run;
}

async function doctorsVerdict({ url }: InBetween): Promise<string | undefined> {
  const env = { VICTORIALOGS_URL: url };
  const settings = understoodSettings(env, () => 'web-1');
  if (settings === undefined) throw new Error('The settings cannot be used.');
  const checks = await checkServer(namedServer(env), settings);
  return checks.find(({ name }) => name === 'broken request')?.verdict;
}

/** What stands in between may have the lines for a while before they are stored. */
async function storedOf({ queries }: InBetween, job: string, atLeast: number): Promise<number> {
  const query = `job:="${job}"`;
  await queries.queryWhen(query, atLeast);
  await sleep(500);
  await queries.forceFlush();
  return (await queries.query(query)).length;
}

async function endAndStart(storage: VictoriaLogs, way: 'stop' | 'kill'): Promise<void> {
  await sleep(isFullRun() ? 2_000 : 800);
  if (way === 'kill') await storage.kill();
  else await storage.stop({ keepData: true });
  await sleep(isFullRun() ? 2_000 : 800);
  await storage.restart();
}

async function expectAll({ queries }: InBetween, run: ShippingRun, name: string): Promise<void> {
  const { stats } = run.report;
  // What stands in between may have the lines for a while before they are stored.
  const ours = `container_name:="${run.name}" | uniq by (shipper.seq) | fields shipper.seq`;
  await queries.queryWhen(ours, stats.written);
  const counts = await received(queries, run.name, stats.written);
  record('in-between', name, { lines: stats.written, ...counts, resent: stats.resent });
  expect(run).toMatchObject({ code: 0, signal: null });
  expect(stats).toMatchObject({ queued: 0, dropped: {} });
  expect(counts).toMatchObject({ missing: 0, outOfOrder: 0 });
}
