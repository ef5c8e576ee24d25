/** winston while the server is away: the application goes on, and nothing is lost when the server comes back. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { testFolder, testServer } from '../environment/for-tests.ts';
import { runProgram } from '../environment/run-program.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const LINES = 500;

const server = testServer({ own: true });
const folder = testFolder('outage');
beforeAll(() => server.kill());

function run(way: string, end: string) {
  const preload = way === 'code' ? [] : ['--import', 'direct-logging'];
  const args = [...preload, '--no-warnings', 'winston-outage.cjs', way, end];
  const env = {
    VICTORIALOGS_URL: server.url,
    VICTORIALOGS_JOB: way,
    VICTORIALOGS_EXIT_TIMEOUT_MS: '100',
    FILE: join(folder, `${way}-${end}`),
  };
  return runProgram({ cwd: FIXTURES, args, env });
}

it('the logger tells what is not acknowledged when it ends, and the process ends as it would', async () => {
  const ended = await run('code', 'ends');
  expect(ended).toMatchObject({ code: 0, signal: null });
  expect(ended.stdout).toBe(`${LINES} log records are not acknowledged yet\n`);
});

it('every line arrives in order when the server is back', async () => {
  const ways = ['code', 'console'];
  const runs = ways.map((way) => run(way, 'waits'));
  while (!ways.every((way) => existsSync(join(folder, `${way}-waits`)))) await sleep(20);
  await server.restart();
  for (const ended of await Promise.all(runs)) expect(ended).toMatchObject({ code: 0 });
  for (const way of ways) {
    const rows = await server.queryWhen(`job:="${way}" | sort by (_time)`, LINES);
    expect(rows.map(({ at }) => Number(at))).toEqual([...Array(LINES).keys()]);
  }
});
