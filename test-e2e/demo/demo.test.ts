/** The demo as a newcomer runs it: what it prints, and what it leaves behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ensureEmulator } from '../environment/emulator.ts';
import { ensureLambdaRuntime } from '../environment/lambda-runtime.ts';
import { runProgram } from '../environment/run-program.ts';
import { startVictoriaLogs } from '../environment/victorialogs.ts';
import { isHealthy } from '../environment/victorialogs-queries.ts';

const DEMO = fileURLToPath(new URL('../demo/demo.ts', import.meta.url));

/** The environment of whoever runs the tests, but a server of its own, which it may stop, and no colors. */
const { VICTORIALOGS_TEST_URL, FORCE_COLOR, ...env } = process.env as Record<string, string>;

it('shows every record, the queries with their counts and the link, and makes nothing that is there', async () => {
  // The first run may install and build, which takes a minute or two; the next ones take seconds.
  await ensureLambdaRuntime();
  await ensureEmulator();
  const run = await runProgram({ args: [DEMO], env, timeoutMs: 60_000 });
  expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
  expect(run.stdout).toContain('each of them, once.');
  expect(run.stdout).toMatch(/ERROR +[0-9a-f]{8} +b7ad6b71 +Order refused: RangeError/);
  expect(run.stdout).toMatch(/^container_name:"lambda-hello" +\d+$/m);
  expect(run.stdout).toMatch(/^http:\/\/[^/\s]+\/select\/vmui\/\?#\/\?query=/m);
  expect(run.stdout).not.toContain('\u001b');
  expect(run.stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(run.stderr).not.toMatch(/^(Installing|Building (?!an image))/m);
});

it('leaves VictoriaLogs running with --keep, and nothing after Ctrl-C', async () => {
  const child = spawn(process.execPath, [DEMO, '--keep'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  try {
    const url = await urlWhenReady(child);
    expect(await isHealthy(url)).toBe(true);
    child.kill('SIGINT');
    await ended;
    expect(await isHealthy(url)).toBe(false);
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
});

it('uses a VictoriaLogs that is running, and says nothing of its end', async () => {
  const server = await startVictoriaLogs({ own: true });
  try {
    const given = { ...env, VICTORIALOGS_TEST_URL: server.url };
    const run = await runProgram({ args: [DEMO, '--keep'], env: given, timeoutMs: 60_000 });
    expect(run, run.stderr).toMatchObject({ code: 0, signal: null });
    expect(run.stdout).toContain('each of them, once.');
    expect(run.stdout.trimEnd().split('\n').at(-1)).toContain(`${server.url}/select/vmui/`);
    expect(await isHealthy(server.url)).toBe(true);
  } finally {
    await server.stop();
  }
});

async function urlWhenReady(child: ChildProcess): Promise<string> {
  let printed = '';
  for await (const text of child.stdout?.setEncoding('utf8') ?? []) {
    printed += text;
    const [, url] = /^(http:\/\/[^/\s]+)\/select/m.exec(printed) ?? [];
    if (url !== undefined && printed.includes('Ctrl-C')) return url;
  }
  throw new Error(`The demo ended early:\n${printed}`);
}
