/**
 * What https costs compared with http, undici and `node:https`: per line in a burst, and for the first line of a process.
 * Everything runs on this machine. The servers run in a separate process.
 */
import { execFileSync, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { createTransport, type Transport } from '../packages/core/dist/index.js';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { fixed, microseconds, report } from './report/report.ts';

const ROUNDS = 25;
const LINES = 2_000;
const STARTS = roundsOr(15);
const TEXT = 'x'.repeat(160);
const LINE = `${JSON.stringify({ _time: new Date().toISOString(), _msg: TEXT, level: 'INFO' })}\n`;
const SELF = import.meta.filename;

const WAYS = [
  'ours: http',
  'ours: https',
  'ours: https, undici',
  '`node:https`, a write a line',
  '`node:crypto`, a cipher a line',
] as const;
/** It sends nothing: encrypting a line in a record of its own takes no less. */
const CIPHER = WAYS[4];
type Way = (typeof WAYS)[number];

/** Milliseconds until the first line is acknowledged, and milliseconds of processor time. */
interface First {
  readonly ms: number;
  readonly cpu: number;
}

function schemeOf(way: Way): 'http' | 'https' {
  return way === 'ours: http' ? 'http' : 'https';
}

const [, , role = 'main', ...rest] = process.argv;
if (role === 'servers') serve(rest);
else if (role === 'bursts') await bursts(rest);
else if (role === 'first') await firstLine(rest);
else await main();

/** Starts both servers. They read requests to their end and answer them. */
function serve([key = '', cert = '']: readonly string[]): void {
  const take: http.RequestListener = (request, response) => {
    request.resume().on('end', () => response.end());
  };
  const servers = [
    process.getBuiltinModule('node:http').createServer(take),
    process
      .getBuiltinModule('node:https')
      .createServer({ key: readFileSync(key), cert: readFileSync(cert) }, take),
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
  // The measured processes trust the certificate from their start on.
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: cert };
  const url = { http: `http://127.0.0.1:${plain}`, https: `https://127.0.0.1:${secure}` };
  try {
    const [costs] = await told<Cost[]>(['bursts', url.http, url.https], env);
    const senders = WAYS.filter((way) => way !== CIPHER);
    const firsts = await inTurns(STARTS, senders, async (way) => {
      const [first] = await told<First>(['first', way, url[schemeOf(way)]], env);
      return first;
    });
    const ms = least(firsts, (first) => first.ms);
    const cpu = least(firsts, (first) => first.cpu);
    const cost = (way: Way) => costs[WAYS.indexOf(way)] as Cost;
    await report({
      name: 'https',
      head: [
        '',
        'CPU of a call',
        'CPU of a line, with its delivery',
        'first line of a process',
        'CPU of it',
      ],
      rows: WAYS.map((way) => [
        way,
        microseconds(cost(way).calls),
        microseconds(cost(way).all),
        ...[ms, cpu].map((value) => (way === CIPHER ? '' : `${fixed(value(way))} ms`)),
      ]),
      goals: {
        httpsLine: cost('ours: https').all - cost('ours: http').all,
        httpsFirst: ms('ours: https') - ms('ours: https, undici'),
      },
    });
  } finally {
    servers.disconnect();
    rmSync(folder, { recursive: true });
  }
}

/** Runs this file in a new process. Returns the JSON that it prints. */
async function told<T>(args: readonly string[], env: NodeJS.ProcessEnv): Promise<[T]> {
  const child = spawn(process.execPath, [SELF, ...args], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return [(await json(child.stdout)) as T];
}

/** Microseconds of processor time per line: of the calls alone, and of everything until the answers have arrived. */
interface Cost {
  calls: number;
  all: number;
}

async function bursts([plain = '', secure = '']: readonly string[]): Promise<void> {
  const runs: Readonly<Record<Way, () => Promise<Cost>>> = {
    'ours: http': ofTransport(createTransport({ url: plain })),
    'ours: https': ofTransport(createTransport({ url: secure })),
    'ours: https, undici': ofTransport(createTransport({ url: secure, tlsWriteThrough: false })),
    '`node:https`, a write a line': ofNode(secure),
    [CIPHER]: ofCipher(),
  };
  const costs = WAYS.map((): Cost => ({ calls: Infinity, all: Infinity }));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, way] of WAYS.entries()) {
      const { calls, all } = await runs[way]();
      const best = costs[at] as Cost;
      best.calls = Math.min(best.calls, calls);
      best.all = Math.min(best.all, all);
    }
  }
  console.log(JSON.stringify(costs));
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
  const https = process.getBuiltinModule('node:https');
  const agent = new https.Agent({ keepAlive: true });
  return async () => {
    await settle();
    const start = process.cpuUsage();
    const request = https.request(`${url}/insert/jsonline`, { method: 'POST', agent });
    for (let at = 0; at < LINES; at++) request.write(LINE);
    request.end();
    const calls = microsecondsSince(start);
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    await once(response.resume(), 'end');
    return { calls: calls / LINES, all: microsecondsSince(start) / LINES };
  };
}

function ofCipher(): () => Promise<Cost> {
  const { createCipheriv, createSecretKey, randomBytes } = process.getBuiltinModule('node:crypto');
  const key = createSecretKey(randomBytes(32));
  const [iv, head, line] = [randomBytes(12), randomBytes(5), Buffer.from(LINE)];
  return async () => {
    await settle();
    const start = process.cpuUsage();
    for (let at = 0; at < LINES; at++) {
      const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(head);
      cipher.update(line);
      cipher.final();
      cipher.getAuthTag();
    }
    const calls = microsecondsSince(start) / LINES;
    return { calls, all: calls };
  };
}

function microsecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return user + system;
}

/** Work that was begun before must not count as part of the next measurement. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Runs in a new process. Measures from making the transport, or the request, until the first line is acknowledged. */
async function firstLine([way = '', url = '']: readonly string[]): Promise<void> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  if (way.includes('node:https')) await postOne(url);
  else {
    const transport = createTransport({ url, tlsWriteThrough: !way.includes('undici') });
    transport.write({ text: TEXT });
    await transport.flush({ timeoutMs: 5_000 });
  }
  const ms = performance.now() - start;
  console.log(JSON.stringify({ ms, cpu: microsecondsSince(cpu) / 1_000 } satisfies First));
  process.exit();
}

/** Loads the module here, since that is a part of what a first line costs. */
async function postOne(url: string): Promise<void> {
  const { request } = process.getBuiltinModule('node:https');
  const post = request(`${url}/insert/jsonline`, { method: 'POST' });
  post.end(LINE);
  const [response] = (await once(post, 'response')) as [http.IncomingMessage];
  await once(response.resume(), 'end');
}
