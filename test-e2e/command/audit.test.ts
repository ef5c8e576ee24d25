/** The commands `audit` and `drain` against a real server: made-up rows, and a real spool. */
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { testProject, testServer } from '../environment/for-tests.ts';
import { runProgram } from '../environment/run-program.ts';
import { startFaultProxy } from '../outages/fault-proxy.ts';
import { fromTo, newId, storeRows } from './made-up-rows.ts';

const server = testServer();

describe('direct-logging, installed', () => {
  const LINES = 500;
  const project = testProject();

  function command(...args: string[]) {
    return commandFor(server.url, ...args);
  }

  function commandFor(url: string, ...args: string[]) {
    return runProgram({
      cwd: project.folder,
      args: ['node_modules/.bin/direct-logging', ...args],
      env: { VICTORIALOGS_URL: url },
    });
  }

  it('drains what a killed process could not deliver, and proves it', async () => {
    const name = `spooled-${newId()}`;
    const spool = join(project.folder, 'spool');
    await mkdir(spool);
    await writeFile(
      join(project.folder, 'killed.mjs'),
      `for (let i = 1; i <= ${LINES}; i++) console.log('line', i);\nprocess.kill(process.pid, 'SIGKILL');\n`,
    );
    const proxy = await startFaultProxy(server.url);
    await proxy.misbehave({ kind: 'refuse' });
    const killed = await runProgram({
      cwd: project.folder,
      args: ['--import', 'direct-logging', 'killed.mjs'],
      env: {
        VICTORIALOGS_URL: proxy.url,
        VICTORIALOGS_SPOOL_DIR: spool,
        VICTORIALOGS_CONTAINER_NAME: name,
      },
    });
    expect(killed.signal).toBe('SIGKILL');

    await proxy.misbehave({ kind: 'pass' });
    const elsewhere = await command('drain', '--dir', spool);
    expect(elsewhere.stdout).toMatch(/^0 files: .*\n\d file.* for another server or tenant/);
    const drained = await commandFor(proxy.url, 'drain', '--dir', spool);
    await proxy.stop();
    expect(drained).toMatchObject({ code: 0, stderr: '' });
    expect(drained.stdout).toMatch(new RegExp(`: ${LINES} lines delivered, 0 truncated, 0 left`));
    expect(await readdir(spool)).toEqual([]);

    const rows = await server.queryWhen(`container_name:="${name}" | sort by (_time)`, LINES);
    expect(rows.map(({ _msg }) => _msg)).toEqual(
      fromTo(1, LINES).map((number) => `line ${number}`),
    );
    const audited = await command('audit', '--query', `container_name:="${name}"`);
    expect(audited).toMatchObject({ code: 0, stderr: '' });
    expect(audited.stdout).toContain(
      `1 process: ${LINES} written, ${LINES} present, 0 missing, 0 duplicates`,
    );
  });

  it('ends with status 1 when lines are missing', async () => {
    const id = newId();
    await storeRows(server, id, [1, 2, 4]);
    const { code, stdout } = await command(
      'audit',
      '--json',
      '--query',
      `container_name:="c-${id}"`,
    );
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toMatchObject({
      missing: 1,
      processes: [{ id, missingRanges: [{ first: 3, last: 3 }] }],
    });
  });

  it('ends with status 1 when something is left in the spool', async () => {
    const spool = join(project.folder, 'unreachable');
    await mkdir(spool);
    const env = { VICTORIALOGS_URL: 'http://127.0.0.1:1', VICTORIALOGS_SPOOL_DIR: spool };
    const args = ['--import', 'direct-logging', 'killed.mjs'];
    await runProgram({ cwd: project.folder, args, env });
    const { code, stdout } = await runProgram({
      cwd: project.folder,
      args: ['node_modules/.bin/direct-logging', 'drain', '--timeout', '300ms'],
      env,
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/ left\.\nWhat is left stays in the directory/);
    expect(await readdir(spool)).not.toEqual([]);
  });

  it('ends with status 2 when there is nothing to audit', async () => {
    const { code, stderr } = await command('audit', '--query', `container_name:="${newId()}"`);
    expect(code).toBe(2);
    expect(stderr).toContain('there is nothing to audit');
  });
});
