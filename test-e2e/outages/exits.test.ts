/** A server that hangs or is down delays the end of a program by no more than the settings say, and no line makes it try again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { forTests, testFolder, testServer } from '../environment/for-tests.ts';
import { leastTime } from '../environment/least-time.ts';
import { startRelay } from '../environment/relay.ts';
import { makeAuthority, startTlsFront } from '../https/tls-front.ts';
import { type Fault, type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { record } from './measured.ts';
import { ship } from './shipping-program.ts';

/** What `fast.mjs` reports. */
interface Cost {
  readonly microsecondsPerLine: number;
  /** How often a connection was begun. */
  readonly attempts: number;
}

const TERMINATIONS = ['exit', 'natural'] as const;
const EXIT_TIMEOUT_MS = 700;
/** What starting and ending a Node costs besides. */
const SLACK_MS = 1_000;
const LAST_TRY_MS = 500;

const BARE_WAIT_MS = 50;

const server = testServer({ own: true });
const authority = forTests(makeAuthority);
const front = forTests(async () => startTlsFront(server.url, await authority.sign('server')));

afterAll(async () => {
  for (const proxy of proxies) await proxy.stop();
});

const proxies: FaultProxy[] = [];

/** A server that misbehaves in one way, or in none. */
async function serverThat(does: Parameters<FaultProxy['misbehave']>[0]): Promise<FaultProxy> {
  const proxy = await startFaultProxy(server.url);
  proxies.push(proxy);
  await proxy.misbehave(does);
  return proxy;
}

// What is measured is measured alone.
const together = isFullRun() ? describe : describe.concurrent;

together.each(TERMINATIONS)('a program that ends: %s', (termination) => {
  const run = ({ url }: FaultProxy, env: Record<string, string>, waitMs: number) =>
    ship({
      program: 'ends.mjs',
      args: [termination],
      url,
      env: { WAIT_MS: String(waitMs), ...env },
    });
  /** How much longer it takes than with nothing shipped. */
  const delayOf = async (proxy: FaultProxy, env: Record<string, string>, waitMs: number) => {
    const hindered = await run(proxy, env, waitMs);
    const bare = await run(proxy, { LOG_LEVEL: 'OFF' }, BARE_WAIT_MS);
    expect(hindered).toMatchObject({ code: 3, signal: null, stdout: bare.stdout });
    return Math.round(hindered.durationMs - waitMs - (bare.durationMs - BARE_WAIT_MS));
  };

  it.each([
    ['hangs', 50],
    ['has hung for long', 11_000],
  ])(
    'waits for a server that %s no longer than VICTORIALOGS_EXIT_TIMEOUT_MS',
    async (name, waitMs) => {
      const env = { VICTORIALOGS_EXIT_TIMEOUT_MS: String(EXIT_TIMEOUT_MS) };
      const hanging = await serverThat({ kind: 'hang' });
      const limitMs = EXIT_TIMEOUT_MS + SLACK_MS;
      const delayMs = await leastTime(limitMs, () => delayOf(hanging, env, waitMs));
      record('exits', `server ${name}, ${termination}`, { delayMs, settingMs: EXIT_TIMEOUT_MS });
      expect(delayMs).toBeLessThan(limitMs);
    },
  );

  it('makes a short last try when the server is known to be down', async () => {
    const failing = await serverThat({ kind: 'refuse' });
    const limitMs = LAST_TRY_MS + SLACK_MS;
    const delayMs = await leastTime(limitMs, () => delayOf(failing, {}, 1_000));
    record('exits', `server down, ${termination}`, { delayMs });
    expect(delayMs).toBeLessThan(limitMs);
  });

  it('delivers in the last try what a server that came back takes', async () => {
    const proxy = await serverThat({ kind: 'refuse' });
    const shipping = run(proxy, {}, 4_000);
    setTimeout(() => void proxy.misbehave({ kind: 'pass' }), 3_000);
    const { name } = await shipping;
    expect(await server.queryWhen(`container_name:="${name}"`, 101)).toHaveLength(101);
  });

  it.each<[string, Fault]>([
    ['answers 503', { kind: 'answer', status: 503 }],
    ['answers 429', { kind: 'answer', status: 429, retryAfter: 1 }],
    ['closes connections, as a proxy without its server does,', { kind: 'reset', afterBytes: 0 }],
  ])('waits for a server that %s until it takes lines again', async (_, fault) => {
    const proxy = await serverThat(fault);
    const shipping = run(proxy, { VICTORIALOGS_EXIT_TIMEOUT_MS: '20000' }, BARE_WAIT_MS);
    setTimeout(() => void proxy.misbehave({ kind: 'pass' }), 3_000);
    const { name } = await shipping;
    expect(await server.queryWhen(`container_name:="${name}"`, 101)).toHaveLength(101);
  });
});

// With the TLS passed on, by a load balancer or a tunnel whose server is away.
it.each(
  TERMINATIONS.flatMap((way) => (['http', 'https'] as const).map((to) => [way, to] as const)),
)(
  'a program that ends waits for a server whose connections are accepted and cut: %s, %s',
  async (termination, protocol) => {
    const relay = await startRelay(protocol === 'http' ? server.url : front.url);
    relay.cut();
    const env = {
      // Its event loop tries to connect, too.
      WAIT_MS: '1000',
      VICTORIALOGS_EXIT_TIMEOUT_MS: '20000',
      NODE_EXTRA_CA_CERTS: authority.certificate,
    };
    const url = relay.url.replace('http:', `${protocol}:`);
    try {
      const shipping = ship({ program: 'ends.mjs', args: [termination], url, env });
      setTimeout(() => relay.release(), 3_000);
      const { name } = await shipping;
      expect(await server.queryWhen(`container_name:="${name}"`, 101)).toHaveLength(101);
    } finally {
      await relay.stop();
    }
  },
);

describe('a line', () => {
  const LINES = isFullRun() ? 300_000 : 60_000;
  /** What is measured is the least of some runs, since others work on the same machine. */
  const RUNS = isFullRun() ? 3 : 1;
  const costOf = async ({ url }: FaultProxy, given: Record<string, string> = {}): Promise<Cost> => {
    const costs: Cost[] = [];
    const env = { LINES: String(LINES), VICTORIALOGS_EXIT_TIMEOUT_MS: '100', ...given };
    for (let run = 0; run < RUNS; run++) {
      const { report } = await ship<Cost>({ program: 'fast.mjs', url, env });
      costs.push(report);
    }
    const microsecondsPerLine = Math.min(...costs.map((cost) => cost.microsecondsPerLine));
    return {
      microsecondsPerLine: Number(microsecondsPerLine.toFixed(2)),
      attempts: Math.max(...costs.map(({ attempts }) => attempts)),
    };
  };

  it('makes no attempt of its own while the server is down or hangs', async () => {
    const up = await costOf(await serverThat({ kind: 'pass' }));
    const down = await costOf(await serverThat({ kind: 'refuse' }));
    const hanging = await costOf(await serverThat({ kind: 'hang' }));
    const bare = await costOf(await serverThat({ kind: 'hang' }), { LOG_LEVEL: 'OFF' });
    record('exits', 'microseconds per line', {
      bare: bare.microsecondsPerLine,
      up: up.microsecondsPerLine,
      down: down.microsecondsPerLine,
      hanging: hanging.microsecondsPerLine,
    });
    expect(bare.attempts).toBe(0);
    for (const { attempts } of [up, down, hanging]) expect(attempts).toBeLessThan(LINES / 1_000);
    // The connections of a server that answers at once are made before the program counts.
    for (const { attempts } of [down, hanging]) expect(attempts).toBeGreaterThan(0);
  }, 300_000);
});

describe('an address that does not answer', () => {
  /** Holds a port, and takes no connection until there is a file: the kernel drops attempts that it has no room for. Ends with us. */
  const HOLDS = `const { connect, createServer } = require('node:net');
    const { existsSync, writeSync } = require('node:fs');
    const { argv: [, to, file], ppid } = process;
    const server = createServer((socket) => {
      const there = connect(to, '127.0.0.1').on('error', () => {});
      socket.on('error', () => {}).pipe(there).pipe(socket);
    });
    const wait = () => {
      if (process.ppid !== ppid) process.exit();
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    };
    server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
      writeSync(1, String(server.address().port));
      setImmediate(() => { while (!existsSync(file)) wait(); setInterval(wait, 1_000); });
    });`;
  const folder = testFolder('exits');
  const stops: Array<() => void> = [];
  afterAll(() => {
    for (const stop of stops) stop();
  });

  async function silentUntil(file: string): Promise<string> {
    const args = ['-e', HOLDS, new URL(server.url).port, join(folder, file)];
    const holder = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    stops.push(() => void holder.kill('SIGKILL'));
    const [port] = await once(holder.stdout, 'data');
    const fill = async (): Promise<void> => {
      const socket = connect(Number(port), '127.0.0.1').on('error', () => {});
      stops.push(() => socket.destroy());
      await Promise.race([once(socket, 'connect').then(fill), sleep(1_000)]);
    };
    await fill();
    return `127.0.0.1:${port}`;
  }

  let address: string;
  beforeAll(async () => {
    address = await silentUntil('never');
  });

  const NODES = {
    import: ['--import', 'direct-logging'],
    require: ['--require', 'direct-logging'],
  };
  it.concurrent.each([
    ['http', 'import', {}],
    ['http', 'require', {}],
    ['https', 'import', {}],
    ['https', 'require', {}],
    ['https', 'import', { VICTORIALOGS_TLS_WRITE_THROUGH: '0' }],
    ['https', 'require', { VICTORIALOGS_TLS_WRITE_THROUGH: '0' }],
  ] as const)(
    'delays a natural end no longer than a second more: %s, --%s, %o',
    { timeout: 120_000 },
    async (protocol, way, env) => {
      const limitMs = 7_000;
      const settings = { VICTORIALOGS_EXIT_TIMEOUT_MS: '5000', WAIT_MS: '0', ...env };
      const url = `${protocol}://${address}`;
      const delayMs = await leastTime(limitMs + SLACK_MS, async () => {
        const options = {
          program: 'ends.mjs',
          args: ['natural'],
          flags: NODES[way],
          url,
          env: settings,
        };
        const { durationMs, stderr } = await ship(options);
        expect(stderr).toContain('101 log records were not delivered');
        return durationMs;
      });
      expect(delayMs).toBeLessThan(limitMs + SLACK_MS);
    },
  );

  it.concurrent.each(['import', 'require'] as const)(
    'gets the lines of a natural end if it answers in VICTORIALOGS_EXIT_TIMEOUT_MS: --%s',
    { timeout: 120_000 },
    async (way) => {
      const url = `http://${await silentUntil(way)}`;
      const env = { VICTORIALOGS_EXIT_TIMEOUT_MS: '60000', WAIT_MS: '0' };
      const args = ['natural'];
      const shipping = ship({ program: 'ends.mjs', args, flags: NODES[way], url, env });
      // The first attempt to connect has timed out.
      await sleep(3_000);
      writeFileSync(join(folder, way), '');
      const { name } = await shipping;
      expect(await server.queryWhen(`container_name:="${name}"`, 101)).toHaveLength(101);
    },
  );
});

it.each(['127.0.0.1', 'localhost'])(
  'a program hears of its end as often without a server: %s',
  async (host) => {
    const proxy = await serverThat({ kind: 'refuse' });
    const url = proxy.url.replace('127.0.0.1', host);
    for (const flags of [
      ['--import', 'direct-logging'],
      ['--require', 'direct-logging'],
    ]) {
      const { stdout } = await ship({ program: 'hears-its-end.cjs', flags, url });
      expect(stdout).toBe('begun\nheard 1\nworked\nheard 2\nworked\nheard 3\n');
    }
  },
);
