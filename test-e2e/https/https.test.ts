/** Over https, to real servers: lines survive the kill, outages and new certificates, and nobody else sees our secrets. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { NODE_MAJORS, nodeBinary } from '../environment/nodes.ts';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { freePort } from '../environment/victorialogs-process.ts';
import { startFaultProxy } from '../outages/fault-proxy.ts';
import { nginx, vmauth } from '../outages/in-between.ts';
import { received } from '../outages/received.ts';
import { ship } from '../outages/shipping-program.ts';
import { type Authority, type Certificate, makeAuthority, startTlsFront } from './tls-front.ts';

const LINES = 1_000;
const FOLDER = fileURLToPath(new URL('.', import.meta.url));

let authority: Authority;
let certificate: Certificate;
let server: VictoriaLogs;

beforeAll(async () => {
  authority = await makeAuthority();
  certificate = await authority.sign('server');
  server = await startVictoriaLogs({ own: true, say: () => {} });
});
afterAll(async () => {
  await server?.stop();
  authority?.remove();
});

/** A way to the server over TLS. */
interface Way {
  readonly url: string;
  readonly queries: VictoriaLogs;
  stop(): Promise<unknown>;
}

const WAYS: ReadonlyArray<[string, () => Promise<Way>]> = [
  [
    "VictoriaLogs' own TLS (Go)",
    async () => {
      const address = `127.0.0.1:${await freePort()}`;
      const { key, certificate: path } = certificate;
      const files = [`-tlsCertFile=,${path}`, `-tlsKeyFile=,${key}`];
      const args = [`-httpListenAddr=${address}`, '-tls=false,true', ...files];
      const own = await startVictoriaLogs({ prefer: 'process', args, say: () => {} });
      return { url: `https://${address}`, queries: own, stop: () => own.stop() };
    },
  ],
  [
    'Node (OpenSSL)',
    async () => ({ ...(await startTlsFront(server.url, certificate)), queries: server }),
  ],
  ['vmauth (Go)', () => vmauth(certificate)],
];

describe.each(WAYS)('through %s', (_, start) => {
  it('all lines of a tick survive SIGKILL in the same one', { timeout: 300_000 }, async () => {
    const way = await start();
    try {
      for (const major of NODE_MAJORS) {
        const { name, signal } = await run('killed.mjs', { url: way.url, major });
        expect(signal).toBe('SIGKILL');
        await expectAll(way.queries, name);
      }
    } finally {
      await way.stop();
    }
  });
});

/** Of a client that is gone, nginx does not pass on what it read last; over http it is the same. */
it('through nginx that passes requests on as they come, all but the last lines of a tick survive SIGKILL', {
  timeout: 120_000,
}, async () => {
  const settings = 'proxy_request_buffering off; client_max_body_size 0;';
  const way = await nginx(settings, certificate)();
  try {
    for (const major of NODE_MAJORS) {
      const { name, stderr } = await run('killed.mjs', { url: way.url, major });
      expect(stderr).not.toContain('undici');
      const query = `container_name:="${name}" | fields shipper.seq`;
      const rows = await way.queries.queryWhen(query, LINES * 0.9, { timeoutMs: 10_000 });
      expect(rows.length).toBeGreaterThanOrEqual(LINES * 0.9);
    }
  } finally {
    await way.stop();
  }
});

async function expectAll(queries: VictoriaLogs, name: string, lines = LINES): Promise<void> {
  await queries.queryWhen(`container_name:="${name}" | fields _msg`, lines, { timeoutMs: 10_000 });
  expect(await received(queries, name, lines)).toEqual({ missing: 0, doubled: 0, outOfOrder: 0 });
}

interface Options {
  readonly url: string;
  readonly major?: (typeof NODE_MAJORS)[number];
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

async function run(program: string, options: Options): Promise<ProgramRun & { name: string }> {
  const { url, major = 24, flags = [], env } = options;
  const name = `https-${randomUUID()}`;
  const ended = await runProgram({
    node: await nodeBinary(major),
    args: [...flags, join(FOLDER, 'fixtures', program)],
    env: {
      VICTORIALOGS_URL: url,
      VICTORIALOGS_CONTAINER_NAME: name,
      VICTORIALOGS_DEBUG: '1',
      LINES: String(LINES),
      ...(env ?? { NODE_EXTRA_CA_CERTS: authority.certificate }),
    },
  });
  return { ...ended, name };
}

describe('what Node is told about TLS', () => {
  it.each<[string, Omit<Options, 'url'> & { majors?: readonly (typeof NODE_MAJORS)[number][] }]>([
    ['NODE_EXTRA_CA_CERTS', {}],
    ['--use-openssl-ca', { flags: ['--use-openssl-ca'], env: {} }],
    ['--use-system-ca', { flags: ['--use-system-ca'], env: {}, majors: [24, 26] }],
    ['NODE_TLS_REJECT_UNAUTHORIZED=0', { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }],
  ])('holds for lines: %s', { timeout: 120_000 }, async (_, { majors = NODE_MAJORS, ...how }) => {
    const front = await startTlsFront(server.url, certificate);
    try {
      for (const major of majors) {
        const env = how.env && { SSL_CERT_FILE: authority.certificate, ...how.env };
        const { name, stderr } = await run('killed.mjs', {
          url: front.url,
          major,
          ...how,
          ...(env && { env }),
        });
        expect(stderr).not.toContain('undici');
        await expectAll(server, name);
      }
    } finally {
      await front.stop();
    }
  });
});

describe('secrets', () => {
  it('are in the file of --tls-keylog, in no heap snapshot, and in no keylog of others', {
    timeout: 120_000,
  }, async () => {
    const front = await startTlsFront(server.url, certificate);
    try {
      for (const major of NODE_MAJORS) {
        const keylog = join(authority.folder, `keylog-${major}`);
        const snapshot = join(authority.folder, `snapshot-${major}`);
        front.secrets.length = 0;
        const env = {
          NODE_EXTRA_CA_CERTS: authority.certificate,
          NODE_OPTIONS: `--tls-keylog=${keylog}`,
          SNAPSHOT: snapshot,
        };
        const { stdout } = await run('delivered.mjs', { url: front.url, major, env });
        expect(JSON.parse(stdout)).toEqual({ complete: true, seen: 0 });
        const written = await readFile(keylog, 'utf8');
        const heap = await readFile(snapshot, 'latin1');
        const traffic = front.secrets.filter((line) => /_TRAFFIC_SECRET/.test(line));
        expect(traffic.length).toBeGreaterThanOrEqual(4);
        for (const line of traffic) {
          expect(written).toContain(line.trim());
          expect(heap).not.toContain(line.trim().split(' ')[2]);
        }
      }
    } finally {
      await front.stop();
    }
  });
});

it('a handshake that never ends keeps no program alive', { timeout: 60_000 }, async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : 0;
  for (const major of NODE_MAJORS) {
    const ended = await run('hangs.mjs', { url: `https://127.0.0.1:${port}`, major });
    expect(ended).toMatchObject({ code: 0, stdout: 'the end\n', timedOut: false });
  }
  silent.close();
});

describe('outages over https', () => {
  const LOAD = { LINES: '3000', PER_SECOND: '1500', WAIT_MS: '30000' };
  const RENEWED = 'a certificate that is renewed';

  it.each<[string, (behind: Awaited<ReturnType<typeof startBehind>>) => Promise<void>]>([
    [RENEWED, async ({ front }) => front.restart(await authority.sign('renewed'))],
    ['a front that restarts', ({ front }) => front.restart(certificate)],
    ['half-open connections', ({ proxy }) => proxy.misbehave({ kind: 'forget' })],
    [
      'a server that hangs',
      async ({ proxy }) => {
        await proxy.misbehave({ kind: 'hang' });
        await sleep(500);
        await proxy.misbehave({ kind: 'pass' });
      },
    ],
    [
      'resets in the middle of requests',
      async ({ proxy }) => {
        await proxy.misbehave({ kind: 'reset', afterBytes: 5_000 });
        await sleep(500);
        await proxy.misbehave({ kind: 'pass' });
      },
    ],
    [
      'a server that is overloaded',
      async ({ proxy }) => {
        await proxy.misbehave({ kind: 'answer', status: 429, retryAfter: 1 });
        await sleep(500);
        await proxy.misbehave({ kind: 'pass' });
      },
    ],
  ])('%s: nothing is lost', { timeout: 120_000 }, async (_, act) => {
    const behind = await startBehind();
    try {
      let acted = Promise.resolve();
      const shipped = await ship<{ stats: { written: number; queued: number; dropped: object } }>({
        program: 'steady.mjs',
        url: behind.front.url,
        env: { ...LOAD, NODE_EXTRA_CA_CERTS: authority.certificate, VICTORIALOGS_DEBUG: '1' },
        timeoutMs: 90_000,
        onStart: () => {
          acted = sleep(900).then(() => act(behind));
        },
      });
      await acted;
      const { stats } = shipped.report;
      expect(shipped.stderr).not.toContain('undici');
      expect(stats).toMatchObject({ queued: 0, dropped: {} });
      const counts = await received(server, shipped.name, stats.written);
      expect(counts).toMatchObject({ missing: 0, outOfOrder: 0 });
    } finally {
      await behind.front.stop();
      await behind.proxy.stop();
    }
  });

  async function startBehind() {
    const proxy = await startFaultProxy(server.url);
    return { proxy, front: await startTlsFront(proxy.url, certificate) };
  }
});

it('a change of keys by `openssl s_server` ends the connection, and its lines arrive over the next', {
  timeout: 60_000,
}, async () => {
  const port = await freePort();
  const { key, certificate: path } = certificate;
  const files = ['-key', key, '-cert', path];
  const child = spawn('openssl', ['s_server', '-accept', `${port}`, ...files, '-tls1_3'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  let output = '';
  let answers = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    const ends = output.split('\n0\r\n\r\n').length - 1;
    for (; answers < ends; answers++) {
      child.stdin.write(answers === 1 ? 'K\n' : 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
    }
  });
  try {
    const ended = await run('delivered.mjs', { url: `https://127.0.0.1:${port}` });
    expect(JSON.parse(ended.stdout)).toMatchObject({ complete: true });
    expect(ended.stderr).toContain('the server changes its keys');
    expect(output).toContain('line 0');
  } finally {
    child.kill('SIGKILL');
  }
});
