/**
 * What https costs beside http, undici and `node:https`: per line in a burst, and for the first line of a process. Prints a
 * table. Everything runs on this machine; the servers are a process of their own.
 */
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTransport, type Transport } from '../packages/core/dist/index.js';

const ROUNDS = 25;
const LINES = 2_000;
const STARTS = 9;
const TEXT = 'x'.repeat(160);
const SELF = import.meta.filename;

const [, , role = 'main', ...rest] = process.argv;
if (role === 'servers') serve(rest);
else if (role === 'bursts') await bursts(rest);
else if (role === 'first') await firstLine(rest);
else await main();

/** Both servers, which read requests to their end and answer them. */
function serve([key = '', cert = '']: readonly string[]): void {
  const take: http.RequestListener = (request, response) => {
    request.resume().on('end', () => response.end());
  };
  const servers = [
    http.createServer(take),
    https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, take),
  ];
  let left = servers.length;
  for (const server of servers) {
    server.listen(0, '127.0.0.1', () => {
      left--;
      if (left === 0) process.send?.(servers.map((one) => (one.address() as AddressInfo).port));
    });
  }
  process.on('disconnect', () => process.exit());
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'direct-logging-bench-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', ...kind, '-days', '2', ...subject, ...files], {
    stdio: 'ignore',
  });
  const servers = fork(SELF, ['servers', key, cert]);
  const [[plain, secure]] = (await once(servers, 'message')) as [[number, number]];
  // Who is measured trusts the certificate from its start on.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: cert };
  const urls = [`http://127.0.0.1:${plain}`, `https://127.0.0.1:${secure}`];
  try {
    const measuring = spawn(process.execPath, [SELF, 'bursts', ...urls], { env, stdio: 'inherit' });
    await once(measuring, 'exit');
    await firstLines(urls as [string, string], env);
  } finally {
    servers.disconnect();
    rmSync(folder, { recursive: true });
  }
}

/** Microseconds of processor time a line: of the calls alone, and with everything until the answers are there. */
interface Cost {
  calls: number;
  all: number;
}

async function bursts([plain = '', secure = '']: readonly string[]): Promise<void> {
  const ways: Array<[string, () => Promise<Cost>]> = [
    ['http, write-through', ofTransport(createTransport({ url: plain }))],
    ['https, write-through', ofTransport(createTransport({ url: secure }))],
    [
      'https, undici',
      ofTransport(createTransport({ url: secure, tlsWriteThrough: false } as never)),
    ],
    ['node:https, a write a line', ofNode(secure)],
  ];
  const least = ways.map((): Cost => ({ calls: Infinity, all: Infinity }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, [, run]] of ways.entries()) {
      const { calls, all } = await run();
      const best = least[at] as Cost;
      best.calls = Math.min(best.calls, calls);
      best.all = Math.min(best.all, all);
    }
  }
  console.log(
    `${LINES} lines in one tick, µs of CPU a line (least of ${ROUNDS} rounds): calls, all`,
  );
  for (const [at, [name]] of ways.entries()) {
    const { calls, all } = least[at] as Cost;
    console.log(`${name.padEnd(28)} ${calls.toFixed(2).padStart(7)} ${all.toFixed(2).padStart(7)}`);
  }
  process.exit();
}

function ofTransport(transport: Transport): () => Promise<Cost> {
  const ready = transport.ready(5_000);
  return async () => {
    await ready;
    await transport.flush({ timeoutMs: 5_000 });
    await settle();
    const start = process.cpuUsage();
    for (let at = 0; at < LINES; at++) transport.write({ text: TEXT });
    const calls = microsecondsSince(start);
    await transport.flush({ timeoutMs: 5_000 });
    return { calls: calls / LINES, all: microsecondsSince(start) / LINES };
  };
}

function ofNode(url: string): () => Promise<Cost> {
  const agent = new https.Agent({ keepAlive: true });
  const line = `${JSON.stringify({ _time: new Date().toISOString(), _msg: TEXT, level: 'INFO' })}\n`;
  return async () => {
    await settle();
    const start = process.cpuUsage();
    const request = https.request(`${url}/insert/jsonline`, { method: 'POST', agent });
    for (let at = 0; at < LINES; at++) request.write(line);
    request.end();
    const calls = microsecondsSince(start);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(response.resume(), 'end');
    return { calls: calls / LINES, all: microsecondsSince(start) / LINES };
  };
}

function microsecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** What was begun before is no part of the next. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A process of its own: from the making of the transport until its first line is acknowledged. */
async function firstLine([url = '', through = '']: readonly string[]): Promise<void> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  const transport = createTransport({ url, tlsWriteThrough: through === '1' } as never);
  transport.write({ text: TEXT });
  await transport.flush({ timeoutMs: 5_000 });
  const ms = performance.now() - start;
  console.log(JSON.stringify({ ms, cpu: microsecondsSince(cpu) / 1_000 }));
  process.exit();
}

async function firstLines([plain, secure]: readonly [string, string], env: NodeJS.ProcessEnv) {
  const ways = [
    ['http, write-through', plain, '1'],
    ['https, write-through', secure, '1'],
    ['https, undici', secure, '0'],
  ] as const;
  const all = ways.map((): Array<{ ms: number; cpu: number }> => []);
  for (let round = 0; round < STARTS; round++) {
    for (const [at, [, url, through]] of ways.entries()) {
      const child = spawn(process.execPath, [SELF, 'first', url, through], {
        env,
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const [text] = await once(child.stdout, 'data');
      all[at]?.push(JSON.parse(String(text)));
      if (child.exitCode === null) await once(child, 'exit');
    }
  }
  console.log(
    `first line of a process, ms until it is acknowledged, ms of CPU (least of ${STARTS})`,
  );
  for (const [at, [name]] of ways.entries()) {
    const runs = all[at] ?? [];
    const least = (of: 'ms' | 'cpu') => Math.min(...runs.map((run) => run[of])).toFixed(1);
    console.log(`${name.padEnd(28)} ${least('ms').padStart(7)} ${least('cpu').padStart(7)}`);
  }
}
