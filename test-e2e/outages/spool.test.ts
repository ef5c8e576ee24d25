/** The spool, with real processes that are killed while the server is down or up. */
import { access, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { forTests, testProject, testServer } from '../environment/for-tests.ts';
import { type ProgramRun, runProgram } from '../environment/run-program.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../outages/fault-proxy.ts';

const LINES = 5_000;

const whole = isFullRun();
const KILLED = whole ? 120 : 8;
const KILLED_DELIVERING = whole ? 20 : 2;
const AT_ONCE = 4;
const FAULTS: readonly Fault[] = [
  { kind: 'pass' },
  { kind: 'refuse' },
  { kind: 'lose-answers' },
  { kind: 'hang' },
];

const server = testServer();
/** The address at which it can be down. */
const proxy = forTests(() => startFaultProxy(server.url));
const project = testProject();
let spool: string;
let name: string;
let count = 0;

beforeAll(async () => {
  await writeFile(
    join(project.folder, 'spool.mjs'),
    `import { readdirSync, statSync } from 'node:fs';
    import { Worker } from 'node:worker_threads';
    const [lines, termination, ms] = process.argv.slice(2);
    const spool = process.env.VICTORIALOGS_SPOOL_DIR;
    const isEmpty = () =>
      readdirSync(spool).every((file) => !statSync(spool + '/' + file, { throwIfNoEntry: false })?.size);
    // Another thread, so that it happens in the middle of anything.
    const killer = "setTimeout(() => process.kill(process.pid, 'SIGKILL'), " + ms + ')';
    if (ms) await new Promise((resolve) =>
      new Worker(killer, { eval: true, execArgv: [] }).on('online', resolve));
    for (let i = 1; i <= lines; i++) {
      console.log('line ' + i);
      if (ms && i % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    }
    if (termination === 'sigkill') process.kill(process.pid, 'SIGKILL');
    for (let i = 0; termination === 'stay' && i < 400 && !isEmpty(); i++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }`,
  );
});
beforeEach(async () => {
  spool = await mkdtemp(join(tmpdir(), 'direct-logging-spool-'));
  name = `spool-${process.pid}-${count++}`;
});
afterEach(() => rm(spool, { recursive: true, force: true }));

function run(url: string, args: readonly string[], env = {}): Promise<ProgramRun> {
  return runProgram({
    cwd: project.folder,
    args: ['--import', 'direct-logging', 'spool.mjs', ...args],
    env: {
      VICTORIALOGS_URL: url,
      VICTORIALOGS_SPOOL_DIR: spool,
      VICTORIALOGS_CONTAINER_NAME: name,
      ...env,
    },
  });
}

/** How many different lines are stored, and how many rows. */
async function stored(): Promise<{ lines: number; rows: number }> {
  await server.forceFlush();
  const query = `container_name:="${name}" | stats count_uniq(_msg) lines, count() rows`;
  const [row] = await server.query(query);
  return { lines: Number(row?.lines), rows: Number(row?.rows) };
}

describe('a spool', () => {
  it('keeps what was printed before SIGKILL while the server was down for the next process', async () => {
    await proxy.misbehave({ kind: 'refuse' });
    expect(await run(proxy.url, [String(LINES), 'sigkill'])).toMatchObject({ signal: 'SIGKILL' });
    expect((await readdir(spool)).length).toBeGreaterThan(1);
    await proxy.misbehave({ kind: 'pass' });
    expect(await run(proxy.url, ['0', 'stay'])).toMatchObject({ code: 0, stderr: '' });
    expect(await stored()).toEqual({ lines: LINES, rows: LINES });
    expect(await readdir(spool)).toEqual([]);
  });

  it('keeps what does not fit into the memory', async () => {
    const env = { VICTORIALOGS_MAX_QUEUE_BYTES: '65536' };
    await proxy.misbehave({ kind: 'refuse' });
    expect(await run(proxy.url, [String(LINES)], env)).toMatchObject({ code: 0, stderr: '' });
    await proxy.misbehave({ kind: 'pass' });
    expect(await run(proxy.url, ['0', 'stay'], env)).toMatchObject({ code: 0, stderr: '' });
    expect(await stored()).toEqual({ lines: LINES, rows: LINES });
  });

  it.each([
    ['what it has no room for', { VICTORIALOGS_SPOOL_MAX_BYTES: '1048576' }],
    ['everything where it cannot be used', { VICTORIALOGS_SPOOL_DIR: '/dev/null/spool' }],
  ])('has the loss told of %s', async (_, env) => {
    const lines = 4 * LINES;
    await proxy.misbehave({ kind: 'refuse' });
    const { code, stderr } = await run(proxy.url, [String(lines)], env);
    await proxy.misbehave({ kind: 'pass' });
    expect(code).toBe(0);
    const [, lost] = /DL_LOST_AT_EXIT\] .*?(\d+) log records/.exec(stderr) ?? [];
    await run(proxy.url, ['0', 'stay']);
    expect((await stored()).lines).toBe(lines - Number(lost));
  });

  it('loses nothing to SIGKILL while the server is up either, and is empty when all is delivered', async () => {
    expect(await run(server.url, [String(LINES), 'sigkill'])).toMatchObject({ signal: 'SIGKILL' });
    expect(await run(server.url, ['0', 'stay'])).toMatchObject({ code: 0 });
    expect((await stored()).lines).toBe(LINES);
    expect(await run(server.url, ['10'])).toMatchObject({ code: 0 });
    expect(await readdir(spool)).toEqual([]);
  });

  it('stays where it is when the program changes its working directory', async () => {
    await writeFile(
      join(project.folder, 'moves.mjs'),
      `for (let i = 1; i <= 3000; i++) console.log('line ' + i);
      process.chdir('/');
      for (let i = 3001; i <= 6000; i++) {
        console.log('line ' + i);
        if (i % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      }`,
    );
    const moved = await runProgram({
      cwd: project.folder,
      args: ['--import', 'direct-logging', 'moves.mjs'],
      env: {
        VICTORIALOGS_URL: server.url,
        VICTORIALOGS_SPOOL_DIR: 'relative',
        VICTORIALOGS_CONTAINER_NAME: name,
      },
    });
    expect(moved).toMatchObject({ code: 0, stderr: '' });
    expect(await readdir(join(project.folder, 'relative'))).toEqual([]);
    expect(await stored()).toEqual({ lines: 6_000, rows: 6_000 });
  });

  it('has what a thread left that has ended delivered by the rest of its process', async () => {
    const ended = join(project.folder, 'ended');
    await writeFile(
      join(project.folder, 'worker.mjs'),
      `import { once } from 'node:events';
      import { readdirSync, statSync, writeFileSync, writeSync } from 'node:fs';
      import { isMainThread, Worker } from 'node:worker_threads';
      if (isMainThread) {
        await once(new Worker(import.meta.filename), 'exit');
        writeFileSync(process.argv[2], '');
        const spool = process.env.VICTORIALOGS_SPOOL_DIR;
        const size = (file) => statSync(spool + '/' + file, { throwIfNoEntry: false })?.size ?? 0;
        while (readdirSync(spool).some(size)) await new Promise((resolve) => setTimeout(resolve, 50));
      } else for (let i = 1; i <= 100; i++) writeSync(1, 'line ' + i + String.fromCharCode(10));`,
    );
    await proxy.misbehave({ kind: 'refuse' });
    const running = runProgram({
      cwd: project.folder,
      args: ['--import', '@direct-logging/auto', 'worker.mjs', ended],
      env: {
        VICTORIALOGS_URL: proxy.url,
        VICTORIALOGS_SPOOL_DIR: spool,
        VICTORIALOGS_CONTAINER_NAME: name,
      },
    });
    await vi.waitFor(() => access(ended), { timeout: 60_000, interval: 50 });
    expect((await readdir(spool)).length).toBeGreaterThan(0);
    await proxy.misbehave({ kind: 'pass' });
    expect((await running).code).toBe(0);
    expect(await stored()).toEqual({ lines: 100, rows: 100 });
  });

  it('is shared by several processes that are killed', async () => {
    const killed = (at: number) =>
      run(proxy.url, ['500', 'sigkill'], { VICTORIALOGS_EXTRA_FIELDS: `process=${at}` });
    await proxy.misbehave({ kind: 'refuse' });
    await Promise.all([killed(0), killed(1), killed(2)]);
    await proxy.misbehave({ kind: 'pass' });
    await Promise.all([killed(3), killed(4)]);
    await Promise.all([run(proxy.url, ['0', 'stay']), run(proxy.url, ['0', 'stay'])]);
    await server.forceFlush();
    const rows = await server.query(
      `container_name:="${name}" | stats by (process) count_uniq(_msg) lines | sort by (process)`,
    );
    expect(rows.map(({ lines }) => lines)).toEqual(['500', '500', '500', '500', '500']);
  });

  it('loses no printed line, at whatever moment processes are killed, those that deliver for the dead included', {
    timeout: 300_000,
  }, async () => {
    const proxies = await Promise.all(FAULTS.map(() => startFaultProxy(server.url)));
    await Promise.all(proxies.map((proxy, at) => proxy.misbehave(FAULTS[at] as Fault)));
    const killed = Array.from({ length: KILLED }, (_, at) => {
      const { url } = proxies[at % proxies.length] as FaultProxy;
      const moment = String(1 + Math.floor(Math.random() * 600));
      return { at, url, moment };
    });
    const runs = [];
    // Few at a time, since all of them have to come to work before they are killed.
    for (let at = 0; at < killed.length; at += AT_ONCE) {
      const group = killed.slice(at, at + AT_ONCE).map(async ({ at, url, moment }) => {
        const env = {
          VICTORIALOGS_EXTRA_FIELDS: `process=${at}`,
          // A small queue leaves lines to the spool alone, and has them read back.
          VICTORIALOGS_MAX_QUEUE_BYTES: at % 2 === 0 ? '65536' : '33554432',
        };
        const { stdout, signal } = await run(url, ['1000000', 'stay', moment], env);
        expect(signal).toBe('SIGKILL');
        return { process: String(at), moment, printed: stdout.split('\n').length - 1 };
      });
      runs.push(...(await Promise.all(group)));
    }
    await Promise.all(proxies.map((proxy) => proxy.misbehave({ kind: 'pass' })));
    for (let at = 0; at < KILLED_DELIVERING; at++) {
      const { url } = proxies[at % proxies.length] as FaultProxy;
      const moment = String(1 + Math.floor(Math.random() * 200));
      await run(url, ['0', 'stay', moment], { VICTORIALOGS_MAX_QUEUE_BYTES: '1048576' });
    }
    // Each delivers for one address, and stays until the directory is empty.
    const runsAtLast = await Promise.all(proxies.map(({ url }) => run(url, ['0', 'stay'])));
    expect(runsAtLast.map(({ code }) => code)).toEqual(proxies.map(() => 0));
    expect(await readdir(spool)).toEqual([]);
    await Promise.all(proxies.map((proxy) => proxy.stop()));

    await server.forceFlush();
    const rows = await server.query(
      `container_name:="${name}" process:* | stats by (process) count_uniq(_msg) lines`,
    );
    const linesOf = new Map(rows.map(({ process, lines }) => [process, Number(lines)]));
    // The last line may have been on disk and not printed yet.
    const lossy = runs.filter(({ process, printed }) => {
      const stored = linesOf.get(process) ?? 0;
      return stored < printed || stored > printed + 1;
    });
    expect(lossy).toEqual([]);
    expect(Math.max(...runs.map(({ printed }) => printed))).toBeGreaterThan(100);
  });
});
