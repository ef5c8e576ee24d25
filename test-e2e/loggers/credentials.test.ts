/** What transports and loggers show of themselves, and tell of their trouble, holds no credential. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { testProject } from '../environment/for-tests.ts';
import { runProgram } from '../environment/run-program.ts';
import { LOGGERS } from '../environment/scratch-project.ts';

const PROGRAM = fileURLToPath(new URL('./fixtures/shows-all.mjs', import.meta.url));

const project = testProject({
  dependencies: LOGGERS,
  files: { 'shows-all.mjs': PROGRAM },
});

/** Nobody listens on port 1. */
it.concurrent.each([
  { url: 'http://me:s3cret@127.0.0.1:1' },
  { url: 'https://me:s3cret@127.0.0.1:1' },
  { url: 'http://127.0.0.1:1', username: 'me', password: 's3cret' },
  { url: 'http://127.0.0.1:1', bearerToken: 's3cret' },
])('%j', async (options) => {
  const run = await runProgram({
    cwd: project.folder,
    args: ['shows-all.mjs'],
    env: { OPTIONS: JSON.stringify(options), VICTORIALOGS_DEBUG: '1' },
    timeoutMs: 60_000,
  });
  expect(run).toMatchObject({ code: 0, signal: null });
  expect(run.stdout).toContain('VictoriaLogsTransport');
  expect(run.stderr).toContain('direct-logging: failure 1: ECONNREFUSED');
  expect(run.stderr).toContain('DL_LOST_AT_EXIT');
  const printed = run.stdout + run.stderr;
  expect(printed).not.toContain('s3cret');
  expect(printed).not.toContain(btoa('me:s3cret'));
});

it.concurrent('the thread that sends for an exit is not told them where NODE_DEBUG=worker prints it', async () => {
  const run = await runProgram({
    cwd: project.folder,
    args: ['--require', 'direct-logging', '-e', 'console.log(1); process.exit()'],
    env: {
      NODE_DEBUG: 'worker',
      VICTORIALOGS_URL: 'http://localhost:1',
      VICTORIALOGS_BEARER_TOKEN: 's3cret',
    },
  });
  expect(run.stderr).toContain('create new worker');
  expect(run.stderr).not.toContain('s3cret');
});

it.concurrent('a worker thread with a server of its own sends no credentials of the main thread there', async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer(({ headers }, response) => {
    seen.push(headers.authorization, headers.accountid as string | undefined);
    response.end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const thread = `{ eval: true, env: { VICTORIALOGS_URL: '${url}' } }`;
  const writes = "require('node:fs').writeSync(1, 'one\\\\n')";
  const program = `new (require('node:worker_threads').Worker)("${writes}", ${thread})`;
  const run = await runProgram({
    cwd: project.folder,
    args: ['--import', 'direct-logging', '-e', program],
    env: {
      VICTORIALOGS_URL: 'http://127.0.0.1:1',
      VICTORIALOGS_BEARER_TOKEN: 's3cret',
      VICTORIALOGS_ACCOUNT_ID: '7',
    },
  });
  server.close();
  expect(run).toMatchObject({ code: 0, stdout: 'one\n' });
  expect(seen.length).toBeGreaterThan(0);
  expect(seen.filter(Boolean)).toEqual([]);
});

const TOKEN = 'the-secret-token-of-the-log-store';
const IS_SHOWN = /the-secret(?:-token|%27of)/;
const PRINT_ALL = `
  const { spawnSync } = require('node:child_process');
  console.log(process.env);
  console.log(JSON.stringify(process.env));
  console.error(Object.assign(new Error('no ' + process.env.VICTORIALOGS_URL), { config: { authorization: 'Bearer ' + process.env.VICTORIALOGS_BEARER_TOKEN } }));
  process.stdout.write(spawnSync('env').stdout);
  process.stderr.write(spawnSync(process.execPath, ['-e', 'require("child_process").spawnSync("true")']).stderr);`;

it.concurrent.each([
  ['--import', ''],
  ['--require', ''],
  ['--import', 'me:the-secret%27of!the%28log%29store@'],
])(
  'no record has the credentials of the log store, whoever prints them: %s, "%s"',
  async (flag, userInfo) => {
    let stored = '';
    const server = createServer(async (request, response) => {
      for await (const chunk of request) stored += chunk;
      response.end();
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const run = await runProgram({
      cwd: project.folder,
      args: ['-e', PRINT_ALL],
      env: {
        NODE_OPTIONS: `${flag}=direct-logging`,
        NODE_DEBUG: 'child_process,worker',
        VICTORIALOGS_URL: `http://${userInfo}127.0.0.1:${port}`,
        ...(userInfo === '' ? { VICTORIALOGS_BEARER_TOKEN: TOKEN } : {}),
      },
    });
    server.close();
    expect(run.stdout + run.stderr).toMatch(IS_SHOWN);
    expect(stored.match(/VICTORIALOGS_URL/g)?.length).toBeGreaterThan(4);
    expect(stored).toContain('***');
    expect(stored).not.toMatch(IS_SHOWN);
  },
);
