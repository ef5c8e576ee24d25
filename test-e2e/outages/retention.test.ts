/** A server that keeps records for only one day drops what is older, and still acknowledges it. */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { testProject, testServer } from '../environment/for-tests.ts';
import { type CommandResult, tryCommand } from '../environment/run-command.ts';
import { runProgram } from '../environment/run-program.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import { startFaultProxy } from './fault-proxy.ts';

const HOUR_MS = 3_600_000;
const LINES = 50;

const server = testServer({ args: ['-retentionPeriod=1d'] });
const project = testProject();
let spool: string;
let name: string;
let count = 0;

beforeEach(async () => {
  spool = await mkdtemp(join(tmpdir(), 'direct-logging-retention-'));
  name = `retention-${process.pid}-${count++}`;
});
afterEach(() => rm(spool, { recursive: true, force: true }));

async function stored(): Promise<Array<Record<string, string>>> {
  await server.forceFlush();
  return server.query(`container_name:="${name}" | sort by (_time)`);
}

function env(extra: Record<string, string> = {}): Record<string, string> {
  return { VICTORIALOGS_URL: server.url, VICTORIALOGS_CONTAINER_NAME: name, ...extra };
}

function command(
  args: readonly string[],
  extra: Record<string, string> = {},
): Promise<CommandResult> {
  return tryCommand(join(project.folder, 'node_modules/.bin/direct-logging'), args, {
    // What the tests themselves are told is no setting.
    env: { ...env(extra), VICTORIALOGS_BINARY: undefined, VICTORIALOGS_TEST_URL: undefined },
  });
}

describe('a server that keeps records for one day', () => {
  it('stores lines with their own times from now to seven days ago, if the setting says so', async () => {
    const times = Array.from({ length: 28 }, (_, at) => new Date(Date.now() - at * 6 * HOUR_MS));
    const program = `for (const time of ${JSON.stringify(times)}) console.log(JSON.stringify({ time, msg: time }));`;
    await writeFile(join(project.folder, 'own-times.mjs'), program);
    const { code, stderr } = await runProgram({
      cwd: project.folder,
      args: ['--import', '@direct-logging/auto', 'own-times.mjs'],
      env: env({ VICTORIALOGS_RETENTION: '1d' }),
    });
    expect([code, stderr]).toEqual([0, '']);
    const rows = await stored();
    expect(rows.map(({ _msg }) => _msg).sort()).toEqual(times.map((time) => time.toJSON()).sort());
    // Whatever is not `_time` is still in the record.
    const own = rows.filter(({ _time = '', _msg = '' }) => Date.parse(_time) === Date.parse(_msg));
    expect(own).toHaveLength(4);
    expect(rows.filter(({ time }) => time !== undefined)).toHaveLength(24);
  });

  describe('and a spool that is 30 hours old', () => {
    const old = new Date(Date.now() - 30 * HOUR_MS).toISOString();

    /** What a program has left that was killed while the server was away. */
    async function leave(url: string): Promise<void> {
      const program = `for (let i = 1; i <= ${LINES}; i++) console.log('line ' + i);
        process.kill(process.pid, 'SIGKILL');`;
      await writeFile(join(project.folder, 'left.mjs'), program);
      await runProgram({
        cwd: project.folder,
        args: ['--import', '@direct-logging/auto', 'left.mjs'],
        env: env({ VICTORIALOGS_URL: url, VICTORIALOGS_SPOOL_DIR: spool }),
      });
      for (const file of await readdir(spool)) {
        const text = await readFile(join(spool, file), 'utf8');
        await writeFile(
          join(spool, file),
          text.replaceAll(/^\{"_time":"[^"]+"/gm, `{"_time":"${old}"`),
        );
      }
    }

    const drain = (extra: Record<string, string> = {}) =>
      command(['drain', '--dir', spool, '--all', '--timeout', '20s'], extra);

    it('stores all of it, and keeps the times beside the records', async () => {
      await leave('http://127.0.0.1:1');
      expect((await drain()).stdout).toContain(
        `1 file: ${LINES} lines delivered, 0 truncated, 0 left.`,
      );
      const rows = await stored();
      expect(new Set(rows.map(({ _msg }) => _msg)).size).toBe(LINES);
      expect(rows.filter(({ _time_extracted }) => _time_extracted === old)).toHaveLength(LINES);
      expect(await readdir(spool)).toEqual([]);
    });

    it('stores it, too, when the next program delivers it', async () => {
      const proxy = await startFaultProxy(server.url);
      await proxy.misbehave({ kind: 'refuse' });
      await leave(proxy.url);
      await proxy.misbehave({ kind: 'pass' });
      const program = `import { readdirSync } from 'node:fs';
        while (readdirSync(process.env.VICTORIALOGS_SPOOL_DIR).length > 0) await new Promise((go) => setTimeout(go, 50));`;
      await writeFile(join(project.folder, 'next.mjs'), program);
      const { code, stderr } = await runProgram({
        cwd: project.folder,
        args: ['--import', '@direct-logging/auto', 'next.mjs'],
        env: env({ VICTORIALOGS_URL: proxy.url, VICTORIALOGS_SPOOL_DIR: spool }),
      });
      await proxy.stop();
      expect([code, stderr]).toEqual([0, '']);
      expect(new Set((await stored()).map(({ _msg }) => _msg)).size).toBe(LINES);
    });

    it('says that it was sent where the server does not tell how long it keeps records', async () => {
      const secretive = await startVictoriaLogs({
        args: ['-retentionPeriod=1d', '-metricsAuthKey=secret'],
      });
      await leave('http://127.0.0.1:1');
      const { code, stdout } = await drain({ VICTORIALOGS_URL: secretive.url });
      expect(stdout).toContain(`1 file: ${LINES} lines sent, 0 truncated, 0 left.`);
      expect(stdout).toContain(`${LINES} lines got the present time`);
      expect(code).toBe(0);
      await secretive.forceFlush();
      const rows = await secretive.query(`container_name:="${name}"`);
      expect(rows).toHaveLength(LINES);
      await secretive.stop();
    });
  });

  it('is compared with the setting by the doctor', async () => {
    const { stdout } = await command(['doctor']);
    expect(stdout).toContain('the server keeps records for 1d');
    expect(stdout).toContain('set VICTORIALOGS_RETENTION to 1d');
    expect((await command(['doctor'], { VICTORIALOGS_RETENTION: '1d' })).stdout).not.toContain(
      'set VICTORIALOGS_RETENTION',
    );
  });
});
