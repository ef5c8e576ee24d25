import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { namedServer, understoodSettings } from '@direct-logging/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkServer, checkStreams } from '../../src/doctor/server.ts';

let folder: string;
let server: Server | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterEach(async () => {
  server?.closeAllConnections();
  await new Promise((resolve) => server?.close(resolve));
  rmSync(folder, { recursive: true });
});

it.each<[string, RequestListener]>([
  ['is not VictoriaLogs', (_, response) => response.writeHead(404).end()],
  ['does not answer', ({ socket }) => socket.destroy()],
])('advises to correct the socket when what listens there %s', async (_, answer) => {
  const path = join(folder, 'a.sock');
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(path, resolve));
  const env = { VICTORIALOGS_URL: `unix:${path}` };
  const settings = understoodSettings(env, () => 'h');
  if (settings === undefined) throw new Error('no settings');
  const checks = await checkServer(namedServer(env), settings);
  expect(checks.map(({ name, verdict }) => `${name} ${verdict}`)).toEqual([
    'socket ok',
    'HTTP fail',
  ]);
  expect(checks.at(-1)?.next).toMatch(/listen on this socket/);
});

it.each([
  ['30 days ahead', 30 * 86_400_000, /^set the clock/],
  ['right', 0, /^make sure that this is VictoriaLogs/],
])('says why a record was dropped when the clock is %s', async (_, aheadMs, advice) => {
  server = createServer(({ url }, response) => {
    response.setHeader('date', new Date(Date.now() - aheadMs).toUTCString());
    response.end(url?.startsWith('/metrics') ? 'none' : '');
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const env = { VICTORIALOGS_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const settings = understoodSettings(env, () => 'h');
  if (settings === undefined) throw new Error('no settings');
  const checks = await checkServer(namedServer(env), settings, 50);
  expect(checks.at(-1)).toMatchObject({ name: 'test record', verdict: 'fail' });
  expect(checks.at(-1)?.next).toMatch(advice);
});

async function checkHttp(answer: RequestListener, env: NodeJS.ProcessEnv = {}) {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const all = { ...env, VICTORIALOGS_URL: `http://127.0.0.1:${port}` };
  const settings = understoodSettings(all, () => 'h');
  if (settings === undefined) throw new Error('no settings');
  return checkServer(namedServer(all), settings, 50);
}

it('names the target of a redirect, and does not go there', async () => {
  const paths: (string | undefined)[] = [];
  const checks = await checkHttp(({ url }, response) => {
    paths.push(url);
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  expect(checks.at(-1)?.finding).toMatch(/redirected to http:\/\/127\.0\.0\.1:\d+\/elsewhere/);
  expect(checks.at(-1)?.next).toMatch(/^set VICTORIALOGS_URL/);
  expect(paths).toEqual(['/insert/jsonline']);
});

it('repeats no credential that the metrics repeat', async () => {
  const token = 'tok-12345';
  const metrics = `a{short_version="v1.${token}"} 1\nflag{name="retentionPeriod", value="${btoa(token)}"} 1\n`;
  const checks = await checkHttp(
    async (request, response) => {
      const asked = decodeURIComponent(await text(request).catch(() => ''));
      const [id] = /[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/.exec(asked) ?? [];
      const found = JSON.stringify({ 'doctor.id': id, _stream_id: 's' });
      response.end(request.url?.startsWith('/metrics') ? metrics : found);
    },
    { VICTORIALOGS_BEARER_TOKEN: token },
  );
  expect(checks.find(({ name }) => name === 'server')?.finding).toContain('keeps records for ***');
  expect(JSON.stringify(checks)).not.toMatch(/tok-1|dG9rLT/);
});

it('does not take a page for an answer of VictoriaLogs', async () => {
  const checks = await checkHttp((_, response) => response.end('<!doctype html><title>Hi'));
  expect(checks.at(-1)).toMatchObject({ name: 'HTTP', verdict: 'fail' });
  expect(checks.at(-1)?.finding).toContain('HTML');
});

it('takes no row of another server for the test record', async () => {
  const checks = await checkHttp((request, response) => {
    request.resume();
    response.end(request.url?.startsWith('/select') ? '{"doctor.id":"x"}\n' : '');
  });
  expect(checks.find(({ name }) => name === 'test record')?.verdict).toBe('fail');
});

const metrics = (streams: number, lines: number) =>
  [
    'vm_app_version{version="v1"} 1',
    `vl_rows_ingested_total{type="jsonline"} ${lines - 5}`,
    'vl_rows_ingested_total{type="internalinsert"} 5',
    `vl_streams_created_total ${streams}`,
    '',
  ].join('\n');

it.each([
  ['a server with few streams', metrics(9_999, 20_000)],
  ['streams with many lines', metrics(20_000, 20_000_000)],
  ['an insert node, which does not tell', metrics(0, 1_000_000)],
  ['a proxy that hides the metrics', ''],
])('says nothing about %s', (_, text) => {
  expect(checkStreams(text)).toEqual([]);
});

it('reads through a megabyte of metrics without an end of labels', () => {
  expect(checkStreams('vl_rows_ingested_total{\n'.repeat(200_000))).toEqual([]);
});

it('warns of streams that come and go', () => {
  expect(checkStreams(metrics(80_000, 4_000_000))).toMatchObject([
    {
      name: 'streams',
      verdict: 'warn',
      finding: expect.stringContaining('80,000 streams, with 50 lines in each'),
      next: expect.stringContaining('VICTORIALOGS_STREAM_FIELDS=job,stream'),
    },
  ]);
});
