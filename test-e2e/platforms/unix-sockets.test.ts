/** A server that listens on a unix socket: every line survives, and everything else works as over TCP. */
import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { nodeBinary } from '../environment/nodes.ts';
import { runProgram } from '../environment/run-program.ts';
import { LOGGERS, type ScratchProject, scratchProject } from '../environment/scratch-project.ts';
import { runTermination } from '../kill-matrix/run-termination.ts';
import { ALL_LINES, storedLines } from '../kill-matrix/stored-lines.ts';
import { TERMINATIONS } from '../kill-matrix/terminations.ts';
import { WAYS } from '../kill-matrix/ways.ts';
import { otherRuntimes } from './other-runtimes.ts';
import {
  startUnixSocketServer,
  type UnixSocketServer,
  unixSocketProgram,
} from './unix-socket-server.ts';

const FIXTURES = fileURLToPath(new URL('../kill-matrix/fixtures/', import.meta.url));
const COMMAND = fileURLToPath(new URL('../../packages/cli/dist/main.js', import.meta.url));
/** In `npm test`, they take turns. */
const WRITERS = WAYS.filter(({ name }) =>
  ['import', 'require', 'code', 'code-at-once'].includes(name),
).flatMap((way) => way.writers.map((writer) => ({ way, writer })));

const program = await unixSocketProgram();
const runtimes = await otherRuntimes();
let server: UnixSocketServer;
let project: ScratchProject;

describe.skipIf(program === undefined)('over a unix socket', () => {
  beforeAll(async () => {
    server = await startUnixSocketServer(program ?? '');
    const files = Object.fromEntries(readdirSync(FIXTURES).map((name) => [name, FIXTURES + name]));
    project = await scratchProject({ files, dependencies: LOGGERS });
  });
  afterAll(async () => {
    await project?.remove();
    await server?.discard();
    for (const runtime of runtimes) await runtime.remove();
  });

  describe.concurrent('keeps every line', () => {
    const cells = pairsOf(TERMINATIONS, WRITERS)
      .map(([termination, of]) => ({ ...of, termination, major: 24, output: 'files' }) as const)
      .filter(({ way, termination }) => !(termination.name in way.limits));
    it.each(cells)('$termination.title, $way.title, $writer', async (cell) => {
      const env = { VICTORIALOGS_URL: `unix:${server.socketPath}` };
      const node = await nodeBinary(24);
      const run = await runTermination(cell, { server, folder: project.folder, node, env });
      expect(storedLines(run.rows)).toEqual(ALL_LINES);
      const { code, signal } = run.bare;
      expect(run.withUs).toMatchObject({ code, signal });
    });
  });

  describe.each(runtimes)('$name', (runtime) => {
    const way = WAYS.find(({ name }) => name === 'code');
    if (way === undefined) throw new Error('There is no way "code".');
    it.each(TERMINATIONS.slice(0, 2))('keeps every line: $title, core', async (termination) => {
      const cell = { way, writer: 'core', termination, major: 24, output: 'files' } as const;
      const env = { VICTORIALOGS_URL: `unix:${server.socketPath}` };
      const where = { server, folder: project.folder, node: runtime.run, env };
      const run = await runTermination(cell, where);
      expect(storedLines(run.rows)).toEqual(ALL_LINES);
      expect(run.withUs).toEqual(run.bare);
    });
  });

  it('keeps every line of programs that are there before the server, and after it was stopped', async () => {
    const own = await startUnixSocketServer(program ?? '');
    try {
      const name = `unix-${randomUUID()}`;
      await own.end('SIGTERM');
      const script = `let n = 0; const timer = setInterval(() => { console.log('line ' + ++n + ':'); if (n === 40) clearInterval(timer); }, 100);`;
      const running = runProgram({
        args: ['--import', 'direct-logging', '--eval', script],
        cwd: project.folder,
        env: environment(own, name),
      });
      await sleep(1_000);
      await own.start();
      await own.queryWhen(`container_name:="${name}"`, 10);
      await own.end('SIGTERM');
      await sleep(500);
      await own.start();
      expect(await running).toMatchObject({ code: 0, stderr: '' });
      const rows = await own.queryWhen(`container_name:="${name}" | sort by (_time)`, 40);
      expect(storedLines(rows)).toEqual({ present: 40, duplicates: 0, inOrder: true });
    } finally {
      await own.discard();
    }
  });

  it('keeps every line of a burst while the server hangs', async () => {
    const own = await startUnixSocketServer(program ?? '');
    try {
      const name = `unix-${randomUUID()}`;
      await own.send('SIGSTOP');
      const script = `for (let n = 1; n <= 3000; n++) console.log('line ' + n + ':'); setTimeout(() => {}, 1500);`;
      const args = ['--import', 'direct-logging', '--eval', script];
      const running = runProgram({ args, cwd: project.folder, env: environment(own, name) });
      await sleep(1_000);
      await own.send('SIGCONT');
      expect(await running).toMatchObject({ code: 0, stderr: '' });
      const rows = await own.queryWhen(`container_name:="${name}" | sort by (_time)`, 3_000);
      expect(storedLines(rows)).toEqual({ present: 3_000, duplicates: 0, inOrder: true });
    } finally {
      await own.send('SIGCONT');
      await own.discard();
    }
  });

  it('knows a prefix, credentials and a tenant, also in the command', async () => {
    const auth = ['-httpAuth.username=me', '-httpAuth.password=right'];
    const own = await startUnixSocketServer(program ?? '', ['-http.pathPrefix=/logs', ...auth]);
    try {
      const name = `unix-${randomUUID()}`;
      const env = {
        ...environment(own, name, ':/logs'),
        VICTORIALOGS_USERNAME: 'me',
        VICTORIALOGS_PASSWORD: 'right',
        VICTORIALOGS_ACCOUNT_ID: '7',
      };
      const args = ['--import', 'direct-logging', '--print', '"to tenant 7"'];
      await runProgram({ args, cwd: project.folder, env });
      const doctor = await command(['doctor', '--json'], env);
      expect(JSON.parse(doctor.stdout)).toMatchObject({
        checks: expect.arrayContaining([
          expect.objectContaining({ name: 'socket', verdict: 'ok' }),
          expect.objectContaining({ name: 'authorization', verdict: 'ok' }),
          expect.objectContaining({ name: 'test record', verdict: 'ok' }),
        ]),
      });
      const audit = await command(['audit', '--json', '--query', `container_name:="${name}"`], env);
      expect(JSON.parse(audit.stdout)).toMatchObject({ written: 1, present: 1, missing: 0 });
      const tail = await command(['tail', `container_name:="${name}"`], env);
      expect(tail.stdout).toContain('to tenant 7');
      const elsewhere = await command(['tail'], { ...env, VICTORIALOGS_ACCOUNT_ID: '8' });
      expect(elsewhere).toMatchObject({ code: 0, stdout: '' });
      const refused = await command(['doctor'], { ...env, VICTORIALOGS_PASSWORD: 'wrong' });
      expect(refused.stdout).toMatch(/fail +authorization/);
    } finally {
      await own.discard();
    }
  });

  it('drains a spool that was written while nobody listened', async () => {
    const spool = await mkdtemp(join(tmpdir(), 'direct-logging-spool-'));
    const own = await startUnixSocketServer(program ?? '');
    try {
      await own.end('SIGTERM');
      const name = `unix-${randomUUID()}`;
      const env = { ...environment(own, name), VICTORIALOGS_SPOOL_DIR: spool };
      const args = ['--import', 'direct-logging', '--print', '"later"'];
      await runProgram({ args, cwd: project.folder, env });
      await own.start();
      expect(await command(['drain', '--dir', spool], env)).toMatchObject({ code: 0 });
      const rows = await own.queryWhen(`container_name:="${name}"`, 1);
      expect(rows).toMatchObject([{ _msg: 'later' }]);
    } finally {
      await own.discard();
      await rm(spool, { recursive: true, force: true });
    }
  });

  it('ships what a program prints under `run`, and `tail -f` shows it as it arrives', async () => {
    const name = `unix-${randomUUID()}`;
    const env = environment(server, name);
    let run: ReturnType<typeof command> | undefined;
    const followed = await runProgram({
      args: [COMMAND, 'tail', '--follow', `container_name:="${name}"`],
      env,
      onStart: async (child, printed) => {
        run = command(['run', '--', 'sh', '-c', 'echo by run'], env);
        while (child.exitCode === null && !(await printed()).includes('by run')) await sleep(100);
        child.kill('SIGINT');
      },
    });
    expect(await run).toMatchObject({ code: 0, stdout: 'by run\n', stderr: '' });
    expect(followed).toMatchObject({ timedOut: false, stderr: '' });
    expect(followed.stdout).toContain('by run');
  });

  it('opens no browser, and says why', async () => {
    const { code, stderr } = await command(['open', 'x'], environment(server, 'x'));
    expect(code).not.toBe(0);
    expect(stderr).toContain('got the unix socket');
  });
});

function environment({ socketPath }: UnixSocketServer, name: string, prefix = '') {
  return {
    VICTORIALOGS_URL: `unix:${socketPath}${prefix}`,
    VICTORIALOGS_CONTAINER_NAME: name,
  };
}

function command(args: readonly string[], env: Record<string, string>) {
  return runProgram({ args: [COMMAND, ...args], env });
}
