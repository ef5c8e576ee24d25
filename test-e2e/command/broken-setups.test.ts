/** Broken set-ups as people have them: `doctor` alone finds what is wrong, and says what to do. */
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import type { DoctorReport } from '../../packages/cli/src/doctor/check.ts';
import { forTests, testFolder, testServer } from '../environment/for-tests.ts';
import { runCommand } from '../environment/run-command.ts';
import { runProgram } from '../environment/run-program.ts';
import { startTlsProxy } from '../kill-matrix/tls-proxy.ts';
import { vlagent, vmauth } from '../outages/in-between.ts';

/** What is wrong with the surroundings of a program. */
interface Setup {
  readonly env: Readonly<Record<string, string>>;
  /** Of the working directory. */
  readonly files?: Readonly<Record<string, string>>;
}

interface Row {
  readonly what: string;
  readonly setup: () => Setup | Promise<Setup>;
  /** The check that finds it. */
  readonly check: string;
  readonly finding: RegExp;
  /** Among what to do next. */
  readonly next: RegExp;
}

const COMMAND = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
const REGISTER = new URL('../../packages/register/dist/index.js', import.meta.url).href;
const HOUR_MS = 3_600_000;

const server = testServer();
/** Keeps records for a day. */
const day = testServer({ own: true, args: ['-retentionPeriod=1d'] });
/** Takes no records, since it wants more room on its disk than there is. */
const full = testServer({ own: true, args: ['-storage.minFreeDiskSpaceBytes=1000TiB'] });
const tls = forTests(() => startTlsProxy(server.url));
const collecting = forTests(() => vmauth(undefined, []));
const agent = forTests(vlagent);
const folder = testFolder('broken');
const closing: Server[] = [];

afterAll(() => {
  for (const one of closing) one.close();
});

const to = (url: string, others: Readonly<Record<string, string>> = {}): Setup => ({
  env: { VICTORIALOGS_URL: url, ...others },
});

async function listening(one: Server): Promise<number> {
  closing.push(one);
  await new Promise<void>((resolve) => one.listen(0, '127.0.0.1', resolve));
  return (one.address() as AddressInfo).port;
}

const answering = async (answer: RequestListener) =>
  `http://127.0.0.1:${await listening(createServer(answer))}`;

/** A reverse proxy that changes what is passed on. */
const proxy = (
  changed: (path: string, headers: Record<string, string>) => Record<string, string> | undefined,
  dateMs = 0,
) =>
  answering(async (request, response) => {
    const body = Buffer.concat(await request.toArray().catch(() => []));
    const {
      accountid,
      'content-type': type = '',
      'vl-stream-fields': fields = '',
    } = request.headers as Record<string, string>;
    const given: Record<string, string> = accountid === undefined ? {} : { AccountID: accountid };
    const headers = changed(request.url ?? '', given);
    if (headers === undefined) return response.writeHead(404).end('nothing here');
    const answer = await fetch(server.url + request.url?.replace(/^\/logs/, ''), {
      method: request.method ?? 'GET',
      headers: { 'content-type': type, 'vl-stream-fields': fields, ...headers },
      body: request.method === 'POST' ? body : null,
    });
    response.setHeader('date', new Date(Date.now() + dateMs).toUTCString());
    return response.writeHead(answer.status).end(await answer.text());
  });

/** A certificate that has expired. `openssl req` makes none. */
async function expired(): Promise<{ key: string; certificate: string }> {
  const path = (name: string) => join(folder, name);
  const key = path('key.pem');
  const request = path('request.pem');
  const certificate = path('expired.pem');
  const config = path('ca.cnf');
  await writeFile(path('index'), '');
  await writeFile(
    config,
    `[ca]\ndefault_ca=a\n[a]\nnew_certs_dir=${folder}\ndatabase=${path('index')}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n[e]\nsubjectAltName=IP:127.0.0.1\n[req]\ndistinguished_name=d\n[d]\n`,
  );
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await runCommand('openssl', [
    ...['req', '-new', '-config', config, '-subj', '/CN=127.0.0.1', ...kind],
    ...['-keyout', key, '-out', request],
  ]);
  await runCommand('openssl', [
    ...['ca', '-batch', '-selfsign', '-config', config, '-keyfile', key, '-in', request],
    ...['-out', certificate, '-notext', '-startdate', '20250101000000Z'],
    ...['-enddate', '20250201000000Z'],
  ]);
  return { key, certificate };
}

const ROWS: readonly Row[] = [
  {
    what: 'no URL at all, as after `sudo` or in a shell of its own in the container',
    setup: () => ({ env: {} }),
    check: 'VICTORIALOGS_URL',
    finding: /is not set: the preload does nothing/,
    next: /^set VICTORIALOGS_URL to/,
  },
  {
    what: 'the URL only in .env, which dotenv loads too late',
    setup: () => ({ env: {}, files: { '.env': `VICTORIALOGS_URL=${server.url}\n` } }),
    check: 'VICTORIALOGS_URL',
    finding: /only in \.env/,
    next: /--env-file=\.env/,
  },
  {
    what: 'quotes around the URL, which `docker run --env-file` keeps',
    setup: () => to(`"${server.url}"`),
    check: 'VICTORIALOGS_URL',
    finding: /quotes/,
    next: /without the quotes/,
  },
  {
    what: 'a misspelled variable',
    setup: () => ({ env: { VICTORIA_LOGS_URL: server.url } }),
    check: 'VICTORIA_LOGS_URL',
    finding: /VICTORIALOGS_URL was probably meant/,
    next: /^rename VICTORIA_LOGS_URL to VICTORIALOGS_URL/,
  },
  {
    what: 'an npm script that replaces NODE_OPTIONS',
    setup: () => ({
      ...to(server.url, { NODE_OPTIONS: `--require ${preload()}` }),
      files: {
        'package.json': '{"scripts":{"start":"NODE_OPTIONS=--max-old-space-size=512 node ."}}',
      },
    }),
    check: 'NODE_OPTIONS',
    finding: /replaced by the script "start"/,
    next: /^add --import direct-logging/,
  },
  {
    what: 'a start script without the preload, and no NODE_OPTIONS',
    setup: () => ({
      ...to(server.url),
      files: { 'package.json': '{"scripts":{"start":"node server.js"}}' },
    }),
    check: 'NODE_OPTIONS',
    finding: /does not name the preload/,
    next: /start the program with node --import direct-logging/,
  },
  {
    what: 'only @direct-logging/register preloaded',
    setup: () => ({
      ...to(server.url, { NODE_OPTIONS: '--import @direct-logging/register' }),
      files: {
        'node_modules/@direct-logging/register/index.mjs': `import ${JSON.stringify(REGISTER)};`,
        'node_modules/@direct-logging/register/package.json': '{"exports":"./index.mjs"}',
      },
    }),
    check: 'NODE_OPTIONS',
    finding: /only a part of the preload/,
    next: /name the preload/,
  },
  {
    what: 'a preload that is not installed where the program starts',
    setup: () =>
      to(server.url, {
        NODE_OPTIONS: '--import=data:text/javascript,//direct-logging/dist/import.js',
      }),
    check: 'NODE_OPTIONS',
    finding: /is not found from/,
    next: /^install direct-logging where the program starts/,
  },
  {
    what: 'the wrong port',
    setup: () => to('http://127.0.0.1:1'),
    check: 'TCP',
    finding: /ECONNREFUSED/,
    next: /its default port is 9428/,
  },
  {
    what: 'a host name that nobody knows',
    setup: () => to('http://victorialogs.invalid:9428'),
    check: 'DNS',
    finding: /victorialogs\.invalid has no address/,
    next: /the same network/,
  },
  {
    what: 'http to a port that speaks TLS',
    setup: () => to(tls.url.replace('https:', 'http:')),
    check: 'HTTP',
    finding: /no answer/,
    next: /https:\/\//,
  },
  {
    what: 'https to a port that speaks none',
    setup: () => to(server.url.replace('http:', 'https:')),
    check: 'TLS',
    finding: /the handshake fails/,
    next: /http:\/\//,
  },
  {
    what: 'a certificate for another name',
    setup: () =>
      to(tls.url.replace('127.0.0.1', 'localhost'), { NODE_EXTRA_CA_CERTS: tls.certificate }),
    check: 'TLS',
    finding: /ERR_TLS_CERT_ALTNAME_INVALID; it has IP Address:127\.0\.0\.1/,
    next: /host name in VICTORIALOGS_URL that the certificate has/,
  },
  {
    what: 'a certificate of an authority that Node does not know',
    setup: () => to(tls.url),
    check: 'TLS',
    finding: /SELF_SIGNED/,
    next: /NODE_EXTRA_CA_CERTS/,
  },
  {
    what: 'a certificate that has expired',
    setup: async () => {
      const { key, certificate } = await expired();
      const options = { key: await readFile(key), cert: await readFile(certificate) };
      const port = await listening(createSecureServer(options));
      return to(`https://127.0.0.1:${port}`, { NODE_EXTRA_CA_CERTS: certificate });
    },
    check: 'TLS',
    finding: /CERT_HAS_EXPIRED/,
    next: /^renew the certificate/,
  },
  {
    what: 'a proxy that asks for credentials, and none are set',
    setup: async () => to(await answering((_, response) => response.writeHead(401).end())),
    check: 'authorization',
    finding: /answers 401: it asks for credentials/,
    next: /^set VICTORIALOGS_USERNAME/,
  },
  {
    what: 'a token with a character that no header carries',
    setup: () => to(server.url, { VICTORIALOGS_BEARER_TOKEN: 'sesame…' }),
    check: 'VICTORIALOGS_BEARER_TOKEN',
    finding: /./,
    next: /^correct VICTORIALOGS_BEARER_TOKEN/,
  },
  {
    what: 'a token that may not write',
    setup: async () =>
      to(await answering((_, response) => response.writeHead(403).end()), {
        VICTORIALOGS_BEARER_TOKEN: 'sesame',
      }),
    check: 'authorization',
    finding: /answers 403: the credentials are not accepted/,
    next: /^correct VICTORIALOGS_USERNAME/,
  },
  {
    what: 'a redirect to https',
    setup: async () =>
      to(
        await answering(({ url }, response) =>
          response.writeHead(301, { location: `https://logs.example${url}` }).end(),
        ),
      ),
    check: 'HTTP',
    finding: /is redirected to https:\/\/logs\.example\/insert\/jsonline/,
    next: /^set VICTORIALOGS_URL to the base URL below that address/,
  },
  {
    what: 'the address of Grafana, which answers with a page',
    setup: async () => to(await answering((_, response) => response.end('<!doctype html><p>Hi'))),
    check: 'HTTP',
    finding: /a page \(HTML\): that is not VictoriaLogs/,
    next: /^correct VICTORIALOGS_URL/,
  },
  {
    what: 'the address of the web interface',
    setup: () => to(`${server.url}/select/vmui`),
    check: 'HTTP',
    finding: /answered 40\d/,
    next: /^take \/select\/vmui out of VICTORIALOGS_URL/,
  },
  {
    what: 'the path prefix of a proxy left out',
    setup: async () =>
      to(await proxy((path, headers) => (path.startsWith('/logs/') ? headers : undefined))),
    check: 'HTTP',
    finding: /answered 404: nothing here/,
    next: /with the path prefix of a proxy/,
  },
  {
    what: 'a proxy that writes for one tenant and reads for another',
    setup: async () =>
      to(await proxy((path, headers) => (path.startsWith('/insert') ? {} : headers)), {
        VICTORIALOGS_ACCOUNT_ID: '7',
      }),
    check: 'test record',
    finding: /stored for the tenant 0:0, and is looked for in 7:0/,
    next: /AccountID and ProjectID/,
  },
  {
    what: 'vlagent in place of VictoriaLogs, for queries, too',
    setup: () => to(agent.url),
    check: 'test record',
    finding: /cannot be looked for: .*vlagent takes no queries/,
    next: /where VictoriaLogs takes queries/,
  },
  {
    what: 'a server that keeps records for a day, beside a level that leaves lines out',
    setup: () => to(day.url, { LOG_LEVEL: 'error' }),
    check: 'retention',
    finding: /keeps records for 1d/,
    next: /^set VICTORIALOGS_RETENTION to 1d/,
  },
  {
    what: 'a server whose disk is full',
    setup: () => to(full.url),
    check: 'HTTP',
    finding: /answers 429/,
    next: /^make room on the disk of VictoriaLogs/,
  },
  {
    what: 'vmauth as it is installed, which collects requests',
    setup: () => to(collecting.url),
    check: 'broken request',
    finding: /was not stored/,
    next: /-requestBufferSize=0/,
  },
  {
    what: 'a clock that is an hour off',
    setup: async () => to(await proxy((_, headers) => headers, HOUR_MS)),
    check: 'clock',
    finding: /60 min behind the server’s/,
    next: /^set the clock/,
  },
  {
    what: 'a level that ships nothing',
    setup: () => to(server.url, { LOG_LEVEL: 'silent' }),
    check: 'level',
    finding: /^OFF: nothing is shipped/,
    next: /^remove LOG_LEVEL/,
  },
  {
    what: 'a LOG_LEVEL of the application that no logger knows',
    setup: () => to(server.url, { LOG_LEVEL: 'app:*' }),
    check: 'LOG_LEVEL',
    finding: /must be/,
    next: /^correct LOG_LEVEL/,
  },
  {
    what: 'a stream field that has another value in each record',
    setup: () => to(server.url, { VICTORIALOGS_STREAM_FIELDS: 'container_name,trace_id' }),
    check: 'VICTORIALOGS_STREAM_FIELDS',
    finding: /trace_id/,
    next: /VICTORIALOGS_STREAM_FIELDS/,
  },
  {
    what: 'HTTP_PROXY as the only way out',
    setup: () => to('http://127.0.0.1:1', { HTTP_PROXY: 'http://proxy.example:3128' }),
    check: 'HTTP_PROXY',
    finding: /is not used/,
    next: /reverse proxy/,
  },
  {
    what: 'a spool that the program may not write to',
    setup: () => to(server.url, { VICTORIALOGS_SPOOL_DIR: '/dev/null/spool' }),
    check: 'spool',
    finding: /cannot be used/,
    next: /write to \/dev\/null\/spool/,
  },
];

/** What NODE_OPTIONS may name here: the command stands in for the preload, which would ship what the command prints. */
function preload(): string {
  return fileURLToPath(new URL('../../packages/cli/dist/index.cjs', import.meta.url));
}

it.concurrent.each(ROWS)('doctor finds $what', async ({ setup, check: name, finding, next }) => {
  const { env, files = {} } = await setup();
  const cwd = await mkdtemp(join(folder, 'app-'));
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, file)), { recursive: true });
    await writeFile(join(cwd, file), text);
  }
  const args = [COMMAND, 'doctor', '--json'];
  const { stdout } = await runProgram({ args, env, cwd, timeoutMs: 60_000 });
  const { checks, conclusion, next: first }: DoctorReport = JSON.parse(stdout);
  const steps = [first, ...checks.flatMap(({ next: step = [] }) => step)];
  expect(checks).toContainEqual(
    expect.objectContaining({ name, finding: expect.stringMatching(finding) }),
  );
  expect(steps.some((step) => next.test(step))).toBe(true);
  expect(JSON.stringify(checks)).not.toContain('sesame');
  expect(conclusion).toMatch(/from here/);
});
