/** Over https, to real servers: lines survive the kill, outages and new certificates, and nobody else sees our secrets. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { copyFile, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, type TlsOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { isFullRun, pairsOf } from '../environment/extent.ts';
import { forTests, testServer } from '../environment/for-tests.ts';
import { type NodeMajor, nodeBinary, testedMajors } from '../environment/nodes.ts';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';
import { startVictoriaLogs, type VictoriaLogs } from '../environment/victorialogs.ts';
import { freePort } from '../environment/victorialogs-process.ts';
import { startFaultProxy } from '../outages/fault-proxy.ts';
import { hasNginx, nginx, nginxStream, vmauth } from '../outages/in-between.ts';
import { received } from '../outages/received.ts';
import { ship } from '../outages/shipping-program.ts';
import { type Certificate, makeAuthority, startTlsFront } from './tls-front.ts';

const LINES = 1_000;
const MAJORS = testedMajors();
const FOLDER = fileURLToPath(new URL('.', import.meta.url));

const authority = forTests(makeAuthority);
const certificate = forTests(() => authority.sign('server'));
const server = testServer({ own: true });

/** A way to the server over TLS. */
interface Way {
  readonly url: string;
  readonly queries: VictoriaLogs;
  stop(): Promise<unknown>;
}

async function ownTls({ key, certificate: path }: Certificate): Promise<Way> {
  const address = `127.0.0.1:${await freePort()}`;
  const files = [`-tlsCertFile=,${path}`, `-tlsKeyFile=,${key}`];
  const args = [`-httpListenAddr=${address}`, '-tls=false,true', ...files];
  const own = await startVictoriaLogs({ prefer: 'process', args, say: () => {} });
  return { url: `https://${address}`, queries: own, stop: () => own.stop() };
}

const isNginxHere = await hasNginx();
const NGINX_STREAM = 'nginx that passes connections on';
const WAYS: ReadonlyArray<[string, () => Promise<Way>]> = [
  ["VictoriaLogs' own TLS (Go)", () => ownTls(certificate)],
  [
    'Node (OpenSSL)',
    async () => ({ ...(await startTlsFront(server.url, certificate)), queries: server }),
  ],
  ['vmauth (Go)', () => vmauth(certificate)],
  [NGINX_STREAM, () => nginxStream(certificate)],
];

describe.each(WAYS)('through %s', (name, start) => {
  it('all lines of a tick survive SIGKILL in the same one', { timeout: 300_000 }, async ({
    skip,
  }) => {
    skip(name === NGINX_STREAM && !isNginxHere, 'there is no nginx');
    const way = await start();
    try {
      for (const major of MAJORS) {
        const { name, signal } = await run('killed.mjs', { url: way.url, major });
        expect(signal).toBe('SIGKILL');
        await expectAll(way.queries, name);
      }
    } finally {
      await way.stop();
    }
  });
});

/** Lines that may be in nginx's buffer at the end of a connection. */
const BUFFERED = 10;
const NGINX_AS_ON_THE_PAGE =
  'proxy_request_buffering off; client_max_body_size 0; client_body_buffer_size 1k; proxy_ignore_client_abort on;';

it.skipIf(!isNginxHere)(
  'through nginx that gets the lines and the end of a killed program at once, the first line survives',
  async () => {
    const way = await nginx(NGINX_AS_ON_THE_PAGE, certificate)();
    try {
      const onStart: Options['onStart'] = async (child, printed) => {
        await vi.waitFor(async () => expect(await printed()).toContain('waits to be told'), 20_000);
        way.signal?.('SIGSTOP');
        child.kill('SIGUSR2');
      };
      const { name } = await run('killed.mjs', { url: way.url, args: ['told'], onStart });
      way.signal?.('SIGCONT');
      const query = `container_name:="${name}" | fields shipper.seq`;
      const rows = await way.queries.queryWhen(query, LINES - BUFFERED);
      expect(rows).toContainEqual({ 'shipper.seq': '1' });
    } finally {
      way.signal?.('SIGCONT');
      await way.stop();
    }
  },
);

/**
 * As an HTTP proxy, nginx drops what it reads in one go with the end of the connection: what is in its buffer then, of
 * `client_body_buffer_size`. Over http it is the same.
 */
it.skipIf(!isNginxHere).each(['', 'keepalive_timeout 0;'])(
  'through nginx (%s) that passes requests on as they come, all but the last ten lines of a tick survive SIGKILL',
  async (closing) => {
    const settings = `${closing} ${NGINX_AS_ON_THE_PAGE}`;
    const way = await nginx(settings, certificate)();
    try {
      for (const major of MAJORS) {
        const { name, stderr } = await run('killed.mjs', { url: way.url, major });
        expect(stderr).not.toContain('undici');
        const query = `container_name:="${name}" | fields shipper.seq`;
        const rows = await way.queries.queryWhen(query, LINES - BUFFERED);
        expect(rows.length).toBeGreaterThanOrEqual(LINES - BUFFERED);
      }
    } finally {
      await way.stop();
    }
  },
);

async function expectAll(queries: VictoriaLogs, name: string, lines = LINES): Promise<void> {
  await queries.queryWhen(`container_name:="${name}" | fields _msg`, lines);
  expect(await received(queries, name, lines)).toEqual({
    missing: 0,
    duplicates: 0,
    outOfOrder: 0,
  });
}

interface Options {
  readonly url: string;
  readonly major?: NodeMajor;
  readonly flags?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly timeoutMs?: number;
  readonly onStart?: (child: ChildProcess, printed: () => Promise<string>) => Promise<void>;
}

async function run(program: string, options: Options): Promise<ProgramRun & { name: string }> {
  const { url, major = 24, flags = [], args = [], env, timeoutMs, onStart } = options;
  const name = `https-${randomUUID()}`;
  const ended = await runProgram({
    node: await nodeBinary(major),
    args: [...flags, join(FOLDER, 'fixtures', program), ...args],
    env: {
      VICTORIALOGS_URL: url,
      VICTORIALOGS_CONTAINER_NAME: name,
      VICTORIALOGS_DEBUG: '1',
      LINES: String(LINES),
      ...(env ?? { NODE_EXTRA_CA_CERTS: authority.certificate }),
    },
    timeoutMs,
    onStart: (child, printed) => void onStart?.(child, printed),
  });
  return { ...ended, name };
}

// It takes two minutes, in which nothing happens.
if (isFullRun()) {
  it('a line after a long silence survives SIGKILL', { timeout: 300_000 }, async () => {
    const tls = await ownTls(certificate);
    try {
      // The server closes what is idle after 60 s, and every connection after 120 s.
      const silences = [
        44, 47, 50, 54, 56, 57, 58, 59, 60, 62, 90, 99, 101, 110, 118, 119, 121, 125,
      ];
      await Promise.all(
        [tls.url, server.url].flatMap((url) =>
          silences.map(async (seconds) => {
            const args = [String(seconds)];
            const { name } = await run('silent-then-killed.mjs', { url, args, timeoutMs: 200_000 });
            await expectAll(url === tls.url ? tls.queries : server, name, 1);
          }),
        ),
      );
    } finally {
      await tls.stop();
    }
  });
}

/** The only versions that know a flag. Default: all do. */
type Majors = { readonly majors?: readonly NodeMajor[] };

/** Of the versions that know a flag the newest, or all in the matrix. */
function majorsOf(majors: readonly NodeMajor[] = MAJORS): readonly NodeMajor[] {
  return majors === MAJORS || isFullRun() ? majors : majors.slice(-1);
}

const ADDED_IN_CODE = `
  import tls from 'node:tls';
  import fs from 'node:fs';
  tls.setDefaultCACertificates([fs.readFileSync(process.env.SSL_CERT_FILE, 'utf8')]);`;
const PINNED_IN_CODE = `
  import tls from 'node:tls';
  const { checkServerIdentity } = tls;
  tls.checkServerIdentity = (...args) => checkServerIdentity(...args) ?? new Error('not this one');`;

const REPLACED_LATE = `
  import tls from 'node:tls';
  process.on('exit', () => {
    const { createSecureContext } = tls;
    tls.createSecureContext = (of) => createSecureContext({ ...of, minVersion: 'TLSv1.3' });
  });`;

function importing(code: string): string {
  return `--import=data:text/javascript,${encodeURIComponent(code)}`;
}

describe.concurrent('what Node is told about TLS', () => {
  const SETTINGS: ReadonlyArray<[string, Omit<Options, 'url'> & Majors]> = [
    ['NODE_EXTRA_CA_CERTS', {}],
    ['--use-openssl-ca', { flags: ['--use-openssl-ca'], env: {} }],
    ['--use-system-ca', { flags: ['--use-system-ca'], env: {}, majors: [24, 26] }],
    [
      'tls.setDefaultCACertificates',
      { flags: [importing(ADDED_IN_CODE)], env: {}, majors: [24, 26] },
    ],
    ['--tls-cipher-list', { flags: ['--tls-cipher-list=TLS_CHACHA20_POLY1305_SHA256'] }],
    ['--tls-min-v1.3', { flags: ['--tls-min-v1.3'] }],
    ['NODE_TLS_REJECT_UNAUTHORIZED=0', { env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' } }],
  ];

  describe.each([
    ['lines', 'killed.mjs', []],
    // The handshake takes the event loop, so a thread sends them.
    ['an exit in the first tick', 'exits.mjs', ['at once']],
  ])('holds for %s', (_, program, args) => {
    it.each(SETTINGS)('%s', async (_, { majors, ...how }) => {
      const front = await startTlsFront(server.url, certificate);
      try {
        for (const major of majorsOf(majors)) {
          const { name, stdout, stderr } = await run(program, {
            url: front.url,
            major,
            args,
            ...how,
            env: {
              VICTORIALOGS_EXIT_TIMEOUT_MS: '15000',
              ...(how.env === undefined
                ? { NODE_EXTRA_CA_CERTS: authority.certificate }
                : { SSL_CERT_FILE: authority.certificate, ...how.env }),
            },
          });
          expect(stderr).not.toContain('undici');
          if (program === 'exits.mjs') expect(stdout).toBe('1');
          await expectAll(server, name);
        }
      } finally {
        await front.stop();
      }
    });
  });

  it.each<[string, TlsOptions, readonly string[], string, string?]>([
    ['--tls-min-v1.3', { maxVersion: 'TLSv1.2' }, ['--tls-min-v1.3'], 'PROTOCOL_VERSION'],
    [
      'tls.DEFAULT_MIN_VERSION',
      { maxVersion: 'TLSv1.2' },
      [importing("import tls from 'node:tls'; tls.DEFAULT_MIN_VERSION = 'TLSv1.3'")],
      'PROTOCOL_VERSION',
    ],
    [
      '--tls-cipher-list',
      { ciphers: 'TLS_AES_128_GCM_SHA256', minVersion: 'TLSv1.3' },
      ['--tls-cipher-list=TLS_CHACHA20_POLY1305_SHA256'],
      'HANDSHAKE_FAILURE',
    ],
    [
      'an own checkServerIdentity',
      {},
      [importing(PINNED_IN_CODE)],
      'replaced how Node checks certificates',
    ],
    [
      'a createSecureContext that came after the first connection',
      { maxVersion: 'TLSv1.2' },
      [importing(REPLACED_LATE)],
      'replaced how Node checks certificates',
      'connected',
    ],
  ])(
    'forbids what %s forbids, also at exit: nothing is sent',
    async (_, settings, flags, reason, when = 'at once') => {
      const front = await startTlsFront(server.url, certificate, settings);
      try {
        for (const major of MAJORS) {
          const { stdout, stderr, code } = await run('exits.mjs', {
            url: front.url,
            major,
            flags,
            args: [when],
            env: {
              NODE_EXTRA_CA_CERTS: authority.certificate,
              VICTORIALOGS_EXIT_TIMEOUT_MS: '15000',
            },
          });
          expect(stdout).toBe('1');
          expect(code).toBe(0);
          expect(stderr).toMatch(new RegExp(`${LINES} log records .*${reason}`));
          expect(front.received()).toBe(0);
        }
      } finally {
        await front.stop();
      }
    },
  );
});

describe('secrets', () => {
  it('are in the file of --tls-keylog, in no heap snapshot, and in no keylog of others', async () => {
    const front = await startTlsFront(server.url, certificate);
    try {
      for (const major of MAJORS) {
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
        // The program may end while its second connection is in the middle of the handshake.
        const finished = front.secrets.flatMap(
          (line) => line.match(/^CLIENT_TRAFFIC_SECRET_0 (\S+)/)?.[1] ?? [],
        );
        const traffic = front.secrets.filter(
          (line) =>
            /_TRAFFIC_SECRET/.test(line) && finished.some((random) => line.includes(random)),
        );
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

  it('are seen by a listener of the application that throws, and lines arrive all the same', async () => {
    const front = await startTlsFront(server.url, certificate);
    try {
      for (const major of MAJORS) {
        const { stdout, stderr, name } = await run('watched.mjs', { url: front.url, major });
        const { complete, seen, uncaught } = JSON.parse(stdout);
        expect({ complete, uncaught }).toEqual({ complete: true, uncaught: seen.length });
        expect(seen).toEqual(
          expect.arrayContaining(['CLIENT_TRAFFIC_SECRET_0', 'SERVER_TRAFFIC_SECRET_0']),
        );
        expect(stderr).not.toContain('undici');
        await expectAll(server, name, 1);
      }
    } finally {
      await front.stop();
    }
  });
});

describe('the preload of --import has a connection before the first line, so a kill loses none', () => {
  it.each<[string, readonly string[], Majors]>([
    ['--no-addons', ['--no-addons'], {}],
    ['--permission', ['--permission', '--allow-fs-read=*'], { majors: [22, 24] }],
    // Only this version restricts the network.
    [
      '--permission --allow-net',
      ['--permission', '--allow-fs-read=*', '--allow-net'],
      { majors: [26] },
    ],
  ])('%s', async (_, flags, { majors }) => {
    const front = await startTlsFront(server.url, certificate);
    try {
      for (const major of majorsOf(majors)) {
        const { name, signal } = await run('printed.mjs', {
          url: front.url,
          major,
          flags: [...flags, '--import', '@direct-logging/auto'],
        });
        expect(signal).toBe('SIGKILL');
        await expectAll(server, name);
      }
    } finally {
      await front.stop();
    }
  });
});

describe('an exit in the tick of the last line', () => {
  it.each([
    ['makes no thread once the program is connected', 'connected', '0'],
    ['makes one in the first tick, since the handshake takes the event loop', 'at once', '1'],
  ])('%s', async (_, when, threads) => {
    const front = await startTlsFront(server.url, certificate);
    try {
      for (const major of MAJORS) {
        const trusting = { NODE_EXTRA_CA_CERTS: authority.certificate };
        // On a busy machine the thread takes its time.
        const env = { ...trusting, VICTORIALOGS_EXIT_TIMEOUT_MS: '15000' };
        const how = { url: front.url, major, args: [when], env };
        const { name, stdout } = await run('exits.mjs', how);
        expect(stdout).toBe(threads);
        await expectAll(server, name);
      }
    } finally {
      await front.stop();
    }
  });
});

describe('100,000 lines and an exit in the same tick, far more than one request holds, arrive', () => {
  const byName = (url: string): string => url.replace('127.0.0.1', 'localhost');
  it.each<[string, (front: string) => string, Omit<Options, 'url'>]>([
    ['over http to a server by name', () => byName(server.url), {}],
    ['over TLS 1.3', (front) => front, {}],
    ['over TLS 1.2', (front) => front, { flags: ['--tls-max-v1.2'] }],
    ['through undici', (front) => front, { env: { VICTORIALOGS_TLS_WRITE_THROUGH: '0' } }],
  ])('%s', async (_, urlOf, { flags = [], env }) => {
    const front = await startTlsFront(server.url, certificate);
    try {
      for (const major of MAJORS) {
        const { name, stdout } = await run('exits.mjs', {
          url: urlOf(front.url),
          major,
          flags,
          args: ['at once'],
          env: {
            NODE_EXTRA_CA_CERTS: authority.certificate,
            LINES: '100000',
            VICTORIALOGS_EXIT_TIMEOUT_MS: '30000',
            ...env,
          },
        });
        expect(stdout).toBe('1');
        await expectAll(server, name, 100_000);
      }
    } finally {
      await front.stop();
    }
  });
});

it('a handshake that never ends keeps no program alive', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : 0;
  for (const major of MAJORS) {
    const ended = await run('hangs.mjs', { url: `https://127.0.0.1:${port}`, major });
    expect(ended).toMatchObject({ code: 0, stdout: 'the end\n', timedOut: false });
  }
  silent.close();
});

describe.concurrent('outages over https', () => {
  const LOAD = { LINES: '3000', PER_SECOND: '1500', WAIT_MS: '60000' };
  const RENEWED = 'a certificate that is renewed';

  it.each<[string, (behind: Awaited<ReturnType<typeof startBehind>>) => Promise<void>]>([
    [RENEWED, async ({ front }) => front.restart(await authority.sign('renewed'))],
    ['a front that restarts', ({ front }) => front.restart(certificate)],
    ['half-open connections', ({ proxy }) => proxy.misbehave({ kind: 'forget' })],
    ['a slow server', ({ proxy }) => proxy.misbehave({ kind: 'delay', ms: 700 })],
    [
      'a server that closes what is idle',
      async ({ proxy }) => {
        await proxy.misbehave({ kind: 'close-idle', ms: 5 });
        // While lines come. A very busy machine makes no handshake in 5 ms.
        await sleep(2_000);
        await proxy.misbehave({ kind: 'pass' });
      },
    ],
    [
      'refused connections',
      async ({ proxy }) => {
        await proxy.misbehave({ kind: 'refuse' });
        await sleep(500);
        await proxy.misbehave({ kind: 'pass' });
      },
    ],
    [
      'lost answers',
      async ({ proxy }) => {
        await proxy.misbehave({ kind: 'lose-answers' });
        await sleep(500);
        await proxy.misbehave({ kind: 'pass' });
      },
    ],
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
  ])('%s: nothing is lost', async (_, act) => {
    const behind = await startBehind();
    try {
      await expectNothingLost(behind.front.url, server, () => act(behind));
    } finally {
      await behind.front.stop();
      await behind.proxy.stop();
    }
  });

  it.each<[string, (own: VictoriaLogs, files: Certificate, url: string) => Promise<void>]>([
    [
      'stopped and started',
      async (own) => {
        await own.stop({ keepData: true });
        await sleep(500);
        await own.restart();
      },
    ],
    [
      'killed and started',
      async (own) => {
        await own.kill();
        await sleep(500);
        await own.restart();
      },
    ],
    [
      'given a new certificate, then stopped and started',
      async (own, files, url) => {
        const renewed = await authority.sign('own-renewed');
        await copyFile(renewed.key, files.key);
        await copyFile(renewed.certificate, files.certificate);
        // VictoriaLogs reads it again after a moment.
        await vi.waitFor(async () => expect(await fingerprintAt(url)).toBe(fingerprintOf(renewed)));
        await own.stop({ keepData: true });
        await own.restart();
      },
    ],
  ])("VictoriaLogs' own TLS, %s: nothing is lost", async (_, act) => {
    const files = await authority.sign(randomUUID());
    const way = await ownTls(files);
    try {
      // What a killed server had acknowledged and not saved is sent again.
      const env = { VICTORIALOGS_DURABLE: '1', LINES: '6000' };
      await expectNothingLost(way.url, way.queries, () => act(way.queries, files, way.url), env);
    } finally {
      await way.stop();
    }
  });

  async function expectNothingLost(
    url: string,
    queries: VictoriaLogs,
    act: () => Promise<void>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    let acted = Promise.resolve();
    const trusting = { NODE_EXTRA_CA_CERTS: authority.certificate, VICTORIALOGS_DEBUG: '1' };
    const shipped = await ship<{ stats: { written: number; queued: number; dropped: object } }>({
      program: 'steady.mjs',
      url,
      env: { ...LOAD, ...trusting, ...env },
      timeoutMs: 90_000,
      onStart: () => {
        acted = sleep(900).then(act);
      },
    });
    await acted;
    const { stats } = shipped.report;
    expect(shipped.stderr).not.toContain('undici');
    expect(stats).toMatchObject({ queued: 0, dropped: {} });
    const counts = await received(queries, shipped.name, stats.written);
    expect(counts).toMatchObject({ missing: 0, outOfOrder: 0 });
  }

  async function startBehind() {
    const proxy = await startFaultProxy(server.url);
    return { proxy, front: await startTlsFront(proxy.url, certificate) };
  }
});

function fingerprintOf({ certificate: path }: Certificate): string {
  return new X509Certificate(readFileSync(path)).fingerprint256;
}

/** Of the certificate that a new connection is shown. */
async function fingerprintAt(url: string): Promise<string> {
  const { hostname: host, port } = new URL(url);
  const socket = connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  return fingerprint256;
}

describe('`openssl s_server` changes its keys', () => {
  const SUITES = [
    'TLS_AES_128_GCM_SHA256',
    'TLS_AES_256_GCM_SHA384',
    'TLS_CHACHA20_POLY1305_SHA256',
  ];

  /** `K` asks for other keys of ours as well, `k` does not. */
  it.each(pairsOf(SUITES, ['K', 'k']))(
    '%s, %s, and lines go on over the same connection',
    async (suite, key) => {
      const port = await freePort();
      const { key: keyPath, certificate: path } = certificate;
      const messages = join(authority.folder, `messages-${port}`);
      const args = ['-key', keyPath, '-cert', path, '-tls1_3', '-ciphersuites', suite];
      args.push('-msg', '-msgfile', messages);
      const child = spawn('openssl', ['s_server', '-accept', `${port}`, ...args], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      let output = '';
      let answers = 0;
      const answer = async (count: number): Promise<void> => {
        child.stdin.write(`${key}\n`);
        // A command is what stands first in what it reads at once, and what follows it there is dropped.
        const sent = () => readFileSync(messages, 'utf8').split(/>>>.* KeyUpdate/).length - 1;
        while (child.signalCode === null && sent() < count) await sleep(10);
        child.stdin.write('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n');
      };
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        const ends = output.split('\n0\r\n\r\n').length - 1;
        while (answers < ends) void answer(++answers);
      });
      try {
        // openssl says so when it listens.
        while (!output.includes('ACCEPT')) await sleep(10);
        const env = { NODE_EXTRA_CA_CERTS: authority.certificate, LINES: '8' };
        const ended = await run('line-by-line.mjs', { url: `https://127.0.0.1:${port}`, env });
        expect(JSON.parse(ended.stdout)).toMatchObject({ delivered: 8, resent: 0, queued: 0 });
        expect(ended.stderr).not.toMatch(/undici|failure|lost/);
        expect(answers).toBeGreaterThanOrEqual(9);
        expect(output.match(/"line \d"/g)).toEqual(
          Array.from({ length: 8 }, (_, at) => `"line ${at}"`),
        );
        expect(output.match(/BEGIN SSL SESSION PARAMETERS/g)).toHaveLength(1);
      } finally {
        child.kill('SIGKILL');
      }
    },
  );
});
