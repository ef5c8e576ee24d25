/** The `direct-logging` command against a real server, a refusing port, wrong paths and tokens, and with real programs. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { constants } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../packages/cli/src/doctor/check.ts';
import { testFolder, testServer } from '../environment/for-tests.ts';
import { bareEnvironment, type ProgramOptions, runProgram } from '../environment/run-program.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import { insertLines, queriesTo } from '../environment/victorialogs-queries.ts';
import { makeAuthority } from '../https/tls-front.ts';
import { startTlsProxy } from '../kill-matrix/tls-proxy.ts';

const COMMAND = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
const PRELOAD = new URL('../../packages/auto/dist/import.js', import.meta.url).href;

const server = testServer();
const folder = testFolder('command');
/** Asks for the token `right`, and knows the server below `/logs`. */
let door: Server;
let doorUrl: string;

beforeAll(async () => {
  door = createServer(guarded);
  door.listen(0, '127.0.0.1');
  await once(door, 'listening');
  doorUrl = `http://127.0.0.1:${(door.address() as AddressInfo).port}`;
});
afterAll(async () => {
  door?.close();
});

const guarded: RequestListener = async (request, response) => {
  const parts = await request.toArray().catch(() => undefined);
  // The request broke off.
  if (parts === undefined) return;
  const body = Buffer.concat(parts);
  const { authorization = '', 'content-type': type = '' } = request.headers;
  if (authorization !== 'Bearer right') {
    response.writeHead(401).end(`who is ${authorization}?`);
    return;
  }
  if (!request.url?.startsWith('/logs/')) {
    response.writeHead(404).end('no such place');
    return;
  }
  const answer = await fetch(`${server.url}${request.url.slice('/logs'.length)}`, {
    method: request.method ?? 'GET',
    headers: { 'content-type': type, 'vl-stream-fields': 'container_name,job,stream' },
    body: request.method === 'POST' ? body : null,
  });
  response.writeHead(answer.status).end(await answer.text());
};

type Options = Omit<ProgramOptions, 'args'>;

function command(args: readonly string[], env: Record<string, string> = {}, options: Options = {}) {
  return runProgram({
    ...options,
    args: [COMMAND, ...args],
    env: { VICTORIALOGS_URL: server.url, ...env },
  });
}

async function doctor(
  env: Record<string, string>,
): Promise<DoctorReport & { code: number | null }> {
  const { code, stdout, stderr } = await command(['doctor', '--json'], env);
  expect(stderr).toBe('');
  return { code, ...JSON.parse(stdout) };
}

const newName = (): string => `command-${randomUUID().slice(0, 13)}`;
const named = (name: string) => ({ VICTORIALOGS_CONTAINER_NAME: name });

describe('direct-logging doctor', () => {
  it('stores a record and finds it again', async () => {
    const url = server.url.replace('127.0.0.1', 'localhost');
    const { code, ok, checks } = await doctor({ VICTORIALOGS_URL: url });
    expect([code, ok]).toEqual([0, true]);
    const verdicts = Object.fromEntries(checks.map(({ name, verdict }) => [name, verdict]));
    expect(verdicts).toMatchObject({ DNS: 'ok', TCP: 'ok', HTTP: 'ok', authorization: 'ok' });
    expect(verdicts).toMatchObject({
      clock: 'ok',
      'test record': 'ok',
      'broken request': 'ok',
      server: 'note',
    });
  });

  it.each([
    [
      'a port that refuses',
      { VICTORIALOGS_URL: 'http://127.0.0.1:1' },
      'TCP',
      /start VictoriaLogs.*container itself/,
    ],
    ['a host without an address', { VICTORIALOGS_URL: 'http://none.invalid' }, 'DNS', /the host/],
    ['a path that is wrong', { VICTORIALOGS_URL: '/x' }, 'HTTP', /^take \/x out of/],
    [
      'no URL',
      { VICTORIALOGS_URL: 'victorialogs:9428' },
      'VICTORIALOGS_URL',
      /^set VICTORIALOGS_URL/,
    ],
    ['https on a plain port', { VICTORIALOGS_URL: 'https:' }, 'TLS', /http:\/\//],
    ['a level that ships nothing', { LOG_LEVEL: 'off' }, 'level', /LOG_LEVEL/],
    [
      'a preload that is not found',
      {
        NODE_OPTIONS:
          '--trace-warnings --import=data:text/javascript,//direct-logging/dist/import.js',
      },
      'NODE_OPTIONS',
      /install/,
    ],
  ])('names %s, and what to do', async (_, given, step, advice) => {
    const { VICTORIALOGS_URL: url = '', ...others } = given as Record<string, string>;
    const { code, ok, checks, next } = await doctor({ ...others, VICTORIALOGS_URL: urlFrom(url) });
    expect([code, ok]).toEqual([1, false]);
    expect(checks.filter(({ verdict }) => verdict === 'fail').map(({ name }) => name)).toEqual([
      step,
    ]);
    expect(next).toMatch(advice);
  });

  it.each(['Client sent an HTTP request to an HTTPS server.', 'sent to HTTPS port'])(
    'knows a port that speaks TLS by its answer: %s',
    async (answer) => {
      const secure = createServer((_, response) => response.writeHead(400).end(answer));
      secure.listen(0, '127.0.0.1');
      await once(secure, 'listening');
      const { port } = secure.address() as AddressInfo;
      const { next } = await doctor({ VICTORIALOGS_URL: `http://127.0.0.1:${port}` });
      secure.close();
      expect(next).toContain('https://');
    },
  );

  it('knows a server that speaks only HTTP/2', async () => {
    const authority = await makeAuthority();
    const files = await authority.sign('server');
    const [key, cert] = await Promise.all([readFile(files.key), readFile(files.certificate)]);
    const modern = createSecureServer({ key, cert }).listen(0, '127.0.0.1');
    await once(modern, 'listening');
    const { port } = modern.address() as AddressInfo;
    const { next } = await doctor({
      VICTORIALOGS_URL: `https://127.0.0.1:${port}`,
      NODE_EXTRA_CA_CERTS: authority.certificate,
    });
    modern.close();
    authority.remove();
    expect(next).toContain('HTTP/1.1');
  });

  it('says what a level above INFO leaves out', async () => {
    const { ok, next } = await doctor({ LOG_LEVEL: 'error' });
    expect([ok, next]).toEqual([true, expect.stringMatching(/below ERROR/)]);
  });

  it('names a server that takes the connection and says nothing', async () => {
    const silent = createTcpServer((socket) => socket.on('error', () => {}).resume());
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const { checks, next } = await doctor({ VICTORIALOGS_URL: `http://127.0.0.1:${port}` });
    silent.close();
    expect(checks.at(-1)).toMatchObject({ name: 'HTTP', verdict: 'fail' });
    expect(checks.at(-1)?.finding).toMatch(/^no answer in 5 s to a POST of \S+$/);
    expect(next).toMatch(/what listens on this port/);
  });

  it('shows the steps before the one that fails, and no look-up of an address', async () => {
    const stepsTo = async (host: string) => {
      const { checks } = await doctor({ VICTORIALOGS_URL: `http://${host}:1` });
      return checks.map(({ name, verdict }) => `${name} ${verdict}`).slice(-2);
    };
    expect(await stepsTo('localhost')).toEqual(['DNS ok', 'TCP fail']);
    expect(await stepsTo('127.0.0.1')).toEqual(['NODE_OPTIONS note', 'TCP fail']);
  });

  it('names the job of a program in this folder, wherever the command is installed', async () => {
    const shop = join(folder, 'shop');
    await mkdir(shop);
    await writeFile(join(shop, 'package.json'), '{ "name": "shop" }');
    const env = { VICTORIALOGS_URL: 'http://127.0.0.1:1' };
    const { stdout } = await runProgram({ args: [COMMAND, 'doctor'], env, cwd: shop });
    expect(stdout).toMatch(/job +shop \(package\.json\)/);
  });

  it.each([
    [{}, 'none are set', /^set /],
    [{ VICTORIALOGS_BEARER_TOKEN: 'sesame-wrong' }, 'are not accepted', /^correct /],
  ])('tells a missing token from a wrong one, and shows neither', async (env, finding, advice) => {
    const report = await doctor({ VICTORIALOGS_URL: `${doorUrl}/logs`, ...env });
    expect(report.checks.at(-1)).toMatchObject({ name: 'authorization', verdict: 'fail' });
    expect(report.checks.at(-1)?.finding).toContain(finding);
    expect(report.next).toMatch(advice);
    expect(JSON.stringify(report)).not.toContain('sesame');
  });

  it('is content with a proxy that asks for a token', async () => {
    const env = { VICTORIALOGS_URL: `${doorUrl}/logs`, VICTORIALOGS_BEARER_TOKEN: 'right' };
    expect(await doctor(env)).toMatchObject({ code: 0, ok: true });
  });

  it('prints nothing harmful of what a server answers', async () => {
    const hostile = '\u001b]52;c;cm0gLXJmIH4=\u0007 \u009b2J \u202eeslaf';
    const bad = createServer((_, response) => response.writeHead(400).end(hostile));
    bad.listen(0, '127.0.0.1');
    await once(bad, 'listening');
    const env = { VICTORIALOGS_URL: `http://127.0.0.1:${(bad.address() as AddressInfo).port}` };
    for (const args of [['doctor'], ['doctor', '--json'], ['tail'], ['audit']]) {
      const { stdout, stderr } = await command(args, env);
      expect(stdout + stderr).toMatch(/\\u202eeslaf/);
      expect(stdout + stderr).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
    }
    bad.close();
  });

  it('recognizes a misspelled variable', async () => {
    const { stdout, code } = await runProgram({
      args: [COMMAND, 'doctor'],
      env: { VICTORIALOG_URL: 'http://me:sesame@h' },
    });
    expect(code).toBe(1);
    expect(stdout).toContain('VICTORIALOGS_URL was probably meant');
    expect(stdout).toContain('Next: rename VICTORIALOG_URL to VICTORIALOGS_URL.');
    expect(stdout).not.toContain('sesame');
  });
});

/** `/x` is a path on the server, `https:` the server by another protocol. */
function urlFrom(given: string): string {
  if (given === '' || given.startsWith('/')) return server.url + given;
  return given === 'https:' ? server.url.replace('http:', given) : given;
}

describe('direct-logging run', () => {
  const runs = (script: string, env: Record<string, string>, options?: Options) =>
    command(['run', '--', 'sh', '-c', script], env, options);
  const linesOf = async (name: string, count: number) => {
    const rows = await server.queryWhen(`{container_name="${name}"} | sort by (_time)`, count);
    return rows.map(({ _msg, stream, level }) => [_msg, stream, level]);
  };

  it('passes output and exit status on, and ships each line with its stream', async () => {
    const name = newName();
    const script = 'echo one; echo "ERROR: two" >&2; echo three > /dev/stderr; printf end; exit 7';
    const { code, stdout, stderr } = await runs(script, named(name), { output: 'pipes' });
    expect({ code, stdout, stderr }).toEqual({
      code: 7,
      stdout: 'one\nend',
      stderr: 'ERROR: two\nthree\n',
    });
    expect((await linesOf(name, 4)).sort()).toEqual([
      ['ERROR: two', 'stderr', 'ERROR'],
      ['end', 'stdout', 'INFO'],
      ['one', 'stdout', 'INFO'],
      ['three', 'stderr', 'INFO'],
    ]);
  });

  it.runIf(process.platform === 'linux')('gives the program an output that waits', async () => {
    const { stdout } = await runs('cat /proc/self/fdinfo/1', named(newName()));
    const [, flags = ''] = /flags:\s*(\d+)/.exec(stdout) ?? [];
    const { O_WRONLY, O_NONBLOCK } = constants;
    expect(Number.parseInt(flags, 8) & (O_WRONLY | O_NONBLOCK)).toBe(O_WRONLY);
  });

  it.each(['http', 'https'])(
    'loses nothing over %s when the program is killed with -9, and ends as it did',
    async (protocol) => {
      const front = protocol === 'https' ? await startTlsProxy(server.url) : undefined;
      const way =
        front === undefined
          ? {}
          : { VICTORIALOGS_URL: front.url, NODE_EXTRA_CA_CERTS: front.certificate };
      const name = newName();
      const script = 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); echo "line $i"; done; kill -9 $$';
      const run = await runs(script, { ...way, ...named(name) });
      expect(run).toMatchObject({ code: null, signal: 'SIGKILL', stderr: '' });
      const expected = Array.from({ length: 2000 }, (_, at) => `line ${at + 1}`);
      expect(run.stdout).toBe(`${expected.join('\n')}\n`);
      expect((await linesOf(name, 2000)).map(([text]) => text)).toEqual(expected);
      await front?.stop();
    },
  );

  it('redacts a line that its pipe gives in pieces, wherever these end', async () => {
    const name = newName();
    const program = join(folder, 'long-lines.cjs');
    // A pipe gives 64 KiB at a time, and a cut after five of these would be within the secret.
    await writeFile(
      program,
      `for (let before = 327_600; before <= 327_680; before += 10) {
        const message = 'x'.repeat(before);
        console.log(JSON.stringify({ msg: message, password: 's3cr3t'.repeat(9), end: 'x'.repeat(70_000) }));
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
      }`,
    );
    const env = { ...named(name), VICTORIALOGS_REDACT: 'password' };
    const { code } = await command(['run', process.execPath, program], env);
    expect(code).toBe(0);
    // Each is one record, and its text is stored in two.
    await server.queryWhen(`{container_name="${name}"} password:="***"`, 9);
    const query = `{container_name="${name}"} ~"s3cr3t"`;
    expect(await server.query(query)).toEqual([]);
  });

  it('passes a signal on to the program', async () => {
    const name = newName();
    const script = "trap 'echo got it; exit 3' TERM; echo ready; while :; do sleep 0.05; done";
    const env = { VICTORIALOGS_URL: server.url, ...named(name) };
    const running = startCommand(['run', '--', 'sh', '-c', script], env);
    await running.until((out) => out.includes('ready'));
    expect(await running.end()).toEqual({
      stdout: 'ready\ngot it\n',
      stderr: '',
      code: 3,
      signal: null,
    });
    expect((await linesOf(name, 2)).map(([text]) => text)).toEqual(['ready', 'got it']);
  });

  it('ships the lines of a Node program with the preload once', async () => {
    const name = newName();
    const program = join(folder, 'app.mjs');
    await writeFile(program, "console.log('from node'); console.error('bad');");
    const env = { ...named(name), NODE_OPTIONS: `--import ${PRELOAD}` };
    const run = await command(['run', process.execPath, program], env);
    expect(run).toMatchObject({ code: 0, stdout: 'from node\n', stderr: 'bad\n' });
    expect((await linesOf(name, 2)).map(([text]) => text).sort()).toEqual(['bad', 'from node']);
  });

  it('runs the program without a server, too, and says so once', async () => {
    const run = await runProgram({ args: [COMMAND, 'run', 'sh', '-c', 'echo out; exit 4'] });
    expect(run).toMatchObject({
      code: 4,
      stdout: 'out\n',
      stderr: 'direct-logging: VICTORIALOGS_URL is not set: nothing is shipped\n',
    });
  });

  it('says how many records could not be delivered', async () => {
    const env = { VICTORIALOGS_URL: 'http://127.0.0.1:1', VICTORIALOGS_EXIT_TIMEOUT_MS: '50' };
    const { code, stdout, stderr } = await runs('echo a; echo b', env);
    expect([code, stdout]).toEqual([0, 'a\nb\n']);
    expect(stderr).toContain('2 log records were not delivered');
  });

  it('counts what did not fit into the queue, too', async () => {
    const env = { VICTORIALOGS_URL: 'http://127.0.0.1:1', VICTORIALOGS_EXIT_TIMEOUT_MS: '50' };
    const { stderr } = await runs('seq 1 50000', {
      ...env,
      VICTORIALOGS_MAX_QUEUE_BYTES: '1048576',
    });
    expect(stderr).toContain('direct-logging: 50000 log records were not delivered');
  });

  it('says what a spool may keep', async () => {
    const env = { VICTORIALOGS_URL: 'http://127.0.0.1:1', VICTORIALOGS_EXIT_TIMEOUT_MS: '50' };
    const spool = await mkdtemp(join(folder, 'spool-'));
    const { code, stderr } = await runs('seq 1 20', { ...env, VICTORIALOGS_SPOOL_DIR: spool });
    expect([code, stderr]).toEqual([
      0,
      'direct-logging: 20 log records were not confirmed; the spool keeps those for which it has room\n',
    ]);
  });

  it('tells what was sent and not confirmed from what was not delivered', async () => {
    const hanging = createTcpServer((socket) => socket.on('error', () => {}).resume());
    hanging.listen(0, '127.0.0.1');
    await once(hanging, 'listening');
    const { port } = hanging.address() as AddressInfo;
    const env = {
      VICTORIALOGS_URL: `http://127.0.0.1:${port}`,
      VICTORIALOGS_EXIT_TIMEOUT_MS: '50',
    };
    const { code, stderr } = await runs('seq 1 20', env);
    hanging.close();
    expect([code, stderr]).toEqual([
      0,
      'direct-logging: 20 log records were sent but not confirmed; the server may have stored them\n',
    ]);
  });

  it.each([
    ['there is none', 'nonesuch', 127],
    ['it may not be run', 'not-a-program', 126],
  ])('ends like a shell when %s', async (_, file, status) => {
    await writeFile(join(folder, 'not-a-program'), '');
    await chmod(join(folder, 'not-a-program'), 0o644);
    const { code, stderr } = await command(['run', join(folder, file)], named(newName()));
    expect(code).toBe(status);
    expect(stderr).toMatch(
      /^direct-logging: (there is no program|.*cannot be run: it is not an exec)/,
    );
  });
});

describe('direct-logging tail', () => {
  const only = (name: string) => `container_name:="${name}"`;

  it('prints what there is, from a level on, without colors into a file', async () => {
    const name = newName();
    await insert(server.url, name, 'quiet', 2_000);
    await insert(server.url, name, 'loud', 1_000, 'ERROR');
    const all = await command(['tail', only(name)]);
    expect(all.stdout).toMatch(new RegExp(`INFO  ${name} quiet\n.*ERROR ${name} loud\n$`));
    const more = await command(['tail', only(name), '--level', 'error', '--fields', 'job, none']);
    expect(more.stdout).toMatch(new RegExp(` ERROR ${name} job=shop loud\n$`));
    const some = await command(['tail', `(loud or quiet) ${only(name)}`, '--level', 'warn']);
    expect(some.stdout).toMatch(new RegExp(`^[\\d-]+ [\\d:.]+ ERROR ${name} loud\n$`));
    expect(await command(['tail', 'a | b'])).toMatchObject({ code: 2, stdout: '' });
    const none = await command(['tail', `nonesuch ${only(name)}`, '--level', 'warn']);
    expect(none).toMatchObject({ code: 0, stdout: '' });
    expect(none.stderr).toContain(`in tenant 0:0 matches nonesuch ${only(name)}, level warn`);
  });

  it('follows: shows each line once, late ones too, over an end of the server', async () => {
    const own = await startVictoriaLogs({ own: true });
    const name = newName();
    const follow = startCommand(['tail', '-f', only(name)], { VICTORIALOGS_URL: own.url });
    const store = (text: string, agoMs = 0) => insert(own.url, name, text, agoMs);
    await store('first');
    await follow.until((out) => out.includes('first'));
    await store('late', 20_000);
    await follow.until((out) => out.includes('late'));
    await own.stop({ keepData: true });
    await follow.until((_, error) => error.includes('does not answer'));
    await own.restart();
    await store('after');
    await follow.until((out) => out.includes('after'));
    await follow.until((_, error) => error.includes('answers again'));
    const { stdout, stderr, signal } = await follow.end();
    await own.stop();
    expect(signal).toBe('SIGTERM');
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(' ').at(-1)),
    ).toEqual(['first', 'late', 'after']);
    expect(stderr.trim().split('\n')).toHaveLength(2);
  });

  it('ships nothing of what it prints when it has the preload itself', async () => {
    const name = newName();
    await insert(server.url, name, 'seen', 1_000);
    const env = { NODE_OPTIONS: `--import ${PRELOAD}` };
    const { stdout } = await command(['tail', only(name)], env);
    expect(stdout).toContain('seen');
    await server.forceFlush();
    // The name is in the text of a record only if a printed line has become one.
    expect(await server.count(`"${name}"`)).toBe(0);
  });
});

describe('VICTORIALOGS_DEBUG', () => {
  /** What it tells, without its name in front; the port of the server is none of a text to compare. */
  async function told(env: Record<string, string>, program = "console.log('one')") {
    const { stderr, stdout } = await runProgram({
      args: ['--import', PRELOAD, '-e', program],
      env: { VICTORIALOGS_DEBUG: '1', VICTORIALOGS_EXIT_TIMEOUT_MS: '500', ...env },
    });
    expect(stdout).toBe('one\n');
    return stderr.trim().split('\n');
  }

  it('tells the settings and their sources, what is captured, the way to the server, and a summary', async () => {
    const name = newName();
    const lines = await told({ VICTORIALOGS_URL: server.url, LOG_LEVEL: 'info', ...named(name) });
    const { port } = new URL(server.url);
    expect(lines).toEqual([
      expect.stringMatching(
        /^direct-logging: settings: process \d+, Node [\d.]+, url=http:\S+ \(VICTORIALOGS_URL\) credentials=none level=INFO \(LOG_LEVEL\) .* loggers=all /,
      ),
      'direct-logging: captured: console, stdout, stderr, direct writes to the descriptors 1 and 2',
      'direct-logging: installed: stdout-hook, pino, winston',
      `direct-logging: connected to ${server.url}/insert/jsonline at 127.0.0.1 port ${port}, each line at once`,
      'direct-logging: the first records are delivered',
      'direct-logging: at the end: 1 records written, 1 delivered, 0 not delivered',
    ]);
    expect(lines[0]).toContain(`containerName=${name} (VICTORIALOGS_CONTAINER_NAME) job=`);
    // It is for people who look at the process, and no output of the program.
    await server.forceFlush();
    expect(await server.count(`container_name:="${name}"`)).toBe(1);
  });

  it('tells which thread it is, whatever flags that was given', async () => {
    const program = `new (require('node:worker_threads').Worker)("console.log('one')", { eval: true, execArgv: [] })`;
    const lines = await told({ VICTORIALOGS_URL: server.url, ...named(newName()) }, program);
    expect(lines.filter((line) => line.includes(' settings: '))).toEqual([
      expect.stringMatching(/process \d+, Node/),
      expect.stringMatching(/process \d+, thread 1, Node/),
    ]);
  });

  it('tells each failure once, with its reason', async () => {
    const program = "console.log('one'); setTimeout(() => {}, 1500)";
    const lines = await told(
      { VICTORIALOGS_URL: 'http://127.0.0.1:9', ...named(newName()) },
      program,
    );
    expect(lines.filter((line) => /failure/.test(line))).toEqual([
      expect.stringMatching(/^direct-logging: failure 1: ECONNREFUSED; next attempt in \d+ ms$/),
    ]);
    expect(lines.at(-1)).toBe(
      'direct-logging: at the end: 1 records written, 0 delivered, 1 not delivered',
    );
  });

  it('tells what a server says that refuses, without the credentials', async () => {
    const refusing = createServer((request, response) => {
      const said = `who is ${request.headers.authorization}?`;
      request.resume().on('end', () => response.writeHead(401).end(said));
    });
    await once(refusing.listen(0, '127.0.0.1'), 'listening');
    const { port } = refusing.address() as AddressInfo;
    const lines = await told({
      VICTORIALOGS_URL: `http://127.0.0.1:${port}`,
      VICTORIALOGS_USERNAME: 'scott',
      VICTORIALOGS_PASSWORD: 'tiger-4711',
      ...named(newName()),
    });
    refusing.closeAllConnections();
    refusing.close();
    expect(lines[0]).toContain('credentials=Basic (VICTORIALOGS_USERNAME)');
    expect(lines.join('\n')).toMatch(
      /failure 1: status 401: who is Basic \*\*\*\?; next attempt in/,
    );
    expect(lines.join('\n')).not.toMatch(/scott|tiger|c2NvdH/);
  });

  it('tells why lines go in batches, and over which TLS', async () => {
    const front = await startTlsProxy(server.url);
    try {
      const url = { VICTORIALOGS_URL: front.url, NODE_EXTRA_CA_CERTS: front.certificate };
      const atOnce = await told({ ...url, ...named(newName()) });
      expect(atOnce.join('\n')).toMatch(
        /connected to https:.* port \d+, TLS 1\.3, each line at once/,
      );
      const inBatches = await told({
        ...{ ...url, ...named(newName()), VICTORIALOGS_TLS_WRITE_THROUGH: '0' },
        VICTORIALOGS_EXIT_TIMEOUT_MS: '5000',
      });
      expect(inBatches).toContain(
        'direct-logging: VICTORIALOGS_TLS_WRITE_THROUGH is off: sending through undici',
      );
      expect(inBatches.join('\n')).toMatch(/connected to .* TLSv1\.3, batches through undici/);
    } finally {
      await front.stop();
    }
  });

  it.each(['1', 'true'])('tells that nothing is shipped without a URL: %s', async (debug) => {
    expect(await told({ VICTORIALOGS_DEBUG: debug })).toEqual([
      'direct-logging: VICTORIALOGS_URL is not set: nothing is shipped',
    ]);
  });
});

async function insert(url: string, name: string, text: string, agoMs: number, level = 'INFO') {
  const row = {
    _time: new Date(Date.now() - agoMs).toISOString(),
    _msg: text,
    level,
    container_name: name,
    job: 'shop',
  };
  await insertLines(url, [JSON.stringify(row)], 'container_name');
  await queriesTo(url).forceFlush();
}

/** The command in the background. */
function startCommand(args: readonly string[], env: Record<string, string>) {
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { ...bareEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const news = new EventEmitter();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    news.emit('news');
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    news.emit('news');
  });
  const closed = once(child, 'close');
  return {
    /** The time limit of the test bounds it. */
    async until(isSo: (stdout: string, stderr: string) => boolean): Promise<void> {
      while (!isSo(stdout, stderr)) await once(news, 'news');
    },
    async end() {
      child.kill('SIGTERM');
      const [code, signal] = await closed;
      return { stdout, stderr, code, signal };
    },
  };
}
