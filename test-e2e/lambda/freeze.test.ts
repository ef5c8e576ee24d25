/** A function that is frozen between two invocations, and what happened to its connections meanwhile. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { forTests } from '../environment/for-tests.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { startRelay } from '../environment/relay.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import { type Queries, queriesTo } from '../environment/victorialogs-queries.ts';
import { startTlsProxy } from '../kill-matrix/tls-proxy.ts';
import { startFaultProxy } from '../outages/fault-proxy.ts';
import { startFunctions } from './functions.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const whole = isFullRun();
const isLinux = process.platform === 'linux';
if (!isLinux) sayOnStderr('Skipping what reads the states of connections from /proc');

const PROGRAMS = ['brief.mjs', 'unfinished.mjs'];

const functions = forTests(() =>
  startFunctions({
    files: Object.fromEntries(PROGRAMS.map((name) => [name, `${FIXTURES}${name}`])),
  }),
);
afterEach(() => functions.end());

/** Freezes it after each invocation until `meanwhile` is over: each line is stored once, and soon. */
async function staysWhole(
  url: string,
  queries: Queries,
  meanwhile: () => Promise<void>,
  cycles: number,
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const lambda = await functions.launch({
    handler: 'brief.handler',
    freezeAtNext: true,
    env: { VICTORIALOGS_URL: url, ...env },
  });
  for (let n = 1; n <= cycles; n++) {
    await lambda.api.untilIdle();
    if (n > 1) await meanwhile();
    expect((await lambda.invoke({ n }, { timeoutMs: 100_000 })).body).toBe(String(n));
    await lambda.api.untilIdle();
    // What has not arrived when it is frozen again could not be found here.
    const query = `{container_name="${lambda.name}"} | sort by (_time)`;
    const rows = await queries.queryWhen(query, n);
    expect(rows.map(({ _msg }) => _msg)).toEqual(
      Array.from({ length: n }, (_, at) => `invocation ${at + 1}`),
    );
  }
}

it.each([
  ['a line without its newline', 'FATAL fatal: no settings'],
  ['an error whose frames may follow', 'ERROR TypeError: no settings'],
  ['an error with its frames', 'ERROR TypeError: no settings\n    at '],
])('has %s stored before it is frozen, with the id', async (what, expected) => {
  const lambda = await functions.launch({ handler: 'unfinished.handler', freezeAtNext: true });
  await lambda.api.untilIdle();
  const { requestId } = await lambda.invoke({ what });
  await lambda.api.untilIdle();
  const [row] = await lambda.rows(1);
  expect(`${row?.level} ${row?._msg}`).toContain(expected);
  expect(row).toMatchObject({ aws_request_id: requestId });
});

it('has the rest of a line that was cut by the freeze stored with the next invocation', async () => {
  const lambda = await functions.launch({ handler: 'unfinished.ends', freezeAtNext: true });
  const ids = [];
  for (const n of [1, 2]) {
    await lambda.api.untilIdle();
    ids.push((await lambda.invoke({ n })).requestId);
  }
  await lambda.api.untilIdle();
  const rows = await lambda.rows(2);
  expect(rows.map((row) => [row._msg, row.aws_request_id])).toEqual([
    ['first', ids[0]],
    [' second', ids[1]],
  ]);
});

it.runIf(isLinux)(
  'writes to a new connection when the server has closed the old ones meanwhile',
  async () => {
    const server = await startVictoriaLogs({ args: ['-http.idleConnTimeout=1s'] });
    functions.undo.push(() => server.stop());
    const port = Number(new URL(server.url).port);
    await staysWhole(server.url, server, () => untilClosedBy(port), 3);
  },
);

it('makes a connection over https to a server 20 ms away after an outage', async () => {
  const proxy = await startTlsProxy(functions.server.url);
  functions.undo.push(proxy.stop);
  const relay = await startRelay(proxy.url, 20);
  functions.undo.push(relay.stop);
  const lambda = await functions.launch({
    handler: 'brief.handler',
    freezeAtNext: true,
    env: {
      VICTORIALOGS_URL: relay.url.replace('http:', 'https:'),
      NODE_EXTRA_CA_CERTS: proxy.certificate,
    },
  });
  const invoke = async (n: number) => {
    await lambda.api.untilIdle();
    await lambda.invoke({ n }, { timeoutMs: 20_000 });
    await lambda.api.untilIdle();
  };
  await invoke(1);
  await lambda.rows(1);
  relay.cut();
  for (const n of [2, 3, 4, 5, 6, 7]) {
    await invoke(n);
    if (n === 3) relay.release();
    // Longer than a handshake may take.
    await sleep(2_600);
  }
  // A warning about the outage may be another one.
  const query = `{container_name="${lambda.name}"} "invocation"`;
  expect(await functions.server.queryWhen(query, 7)).toHaveLength(7);
}, 60_000);

if (whole) {
  it('is not disturbed by a freeze longer than the server keeps connections', async () => {
    await staysWhole(functions.server.url, functions.server, () => sleep(65_000), 2);
  }, 200_000);

  it('writes once more what went to a peer that has vanished without a sign', async () => {
    const proxy = await startFaultProxy(functions.server.url);
    functions.undo.push(() => proxy.stop());
    // The time after which an answer is no longer expected, and more.
    const env = { VICTORIALOGS_FLUSH_TIMEOUT_MS: '30000' };
    const forget = () => proxy.misbehave({ kind: 'forget' });
    await staysWhole(proxy.url, queriesTo(functions.server.url), forget, 3, env);
  }, 120_000);

  it('does not write to a peer that has vanished during a freeze of a minute', async () => {
    const proxy = await startFaultProxy(functions.server.url);
    functions.undo.push(() => proxy.stop());
    const forget = async () => {
      await proxy.misbehave({ kind: 'forget' });
      await sleep(60_000);
    };
    await staysWhole(proxy.url, queriesTo(functions.server.url), forget, 2);
  }, 200_000);
}

/** Until no connection to the port is established any more: the server has closed those that a frozen process still has. */
async function untilClosedBy(port: number): Promise<void> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (;;) {
    const table = await readFile('/proc/net/tcp', 'utf8');
    const states = table
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, , remote]) => remote?.endsWith(suffix))
      .map(([, , , state]) => state);
    // 01 is established; 08 is closed by the other side.
    if (states.includes('08') && !states.includes('01')) return;
    await sleep(50);
  }
}
