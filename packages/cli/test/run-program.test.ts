/** `run` in a process of its own, whose signals, output and end it takes part in; nothing is shipped without a server. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';

const SOURCE = new URL('../src/run-program.ts', import.meta.url).href;
const MAIN = `
  import { endBy, runProgram } from ${JSON.stringify(SOURCE)};
  const { status, signal, loss } = await runProgram(process.argv.slice(1), (sentence) => console.error(sentence));
  if (loss.undelivered + loss.unconfirmed !== 0) throw new Error('loss');
  if (signal === undefined) process.exitCode = status;
  else endBy(signal);`;

function start(...command: string[]) {
  const args = ['--input-type=module', '--eval', MAIN, '--', ...command];
  const child = spawn(process.execPath, args, { env: { PATH: process.env.PATH } });
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { child, ended };
}

it.each<[string, string[], string, string, number]>([
  [
    'its output and its status',
    ['sh', '-c', 'echo out; echo err >&2; exit 7'],
    'out\n',
    'err\n',
    7,
  ],
  [
    'a program that is not there',
    ['there-is-none'],
    '',
    'there is no program there-is-none\n',
    127,
  ],
])('passes on %s', async (_, command, out, error, status) => {
  expect(await start(...command).ended).toEqual([out, error, [status, null]]);
});

it('says why a file cannot be run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'run-program-'));
  const file = join(folder, 'program');
  writeFileSync(file, '', { mode: 0o600 });
  const [, error, end] = await start(file).ended;
  rmSync(folder, { recursive: true });
  expect(error).toBe(`${file} cannot be run: it is not an executable file (EACCES)\n`);
  expect(end).toEqual([126, null]);
});

it('ends by the signal that ended the program', async () => {
  const { ended } = start('sh', '-c', 'kill -KILL $$');
  expect(await ended).toEqual(['', '', [null, 'SIGKILL']]);
});

it.each(['SIGTERM', 'SIGHUP', 'SIGUSR2', 'SIGINT'] as const)(
  'passes %s on, and ends as the program does',
  async (signal) => {
    const name = signal.slice(3);
    const script = `trap 'echo got ${name}; exit 3' ${name}; echo ready; while :; do sleep 0.05; done`;
    const { child, ended } = start('sh', '-c', script);
    await once(child.stdout, 'data');
    child.kill(signal);
    const [out, error, end] = await ended;
    expect([out.endsWith(`got ${name}\n`), error, end]).toEqual([true, '', [3, null]]);
  },
);

const AS_NOBODY = `
  await import('@direct-logging/auto');
  process.setgid(65534);
  process.setuid(65534);
  ${MAIN}`;

it('waits for a program of another user, which takes no signals from it', async (context) => {
  context.skip(process.getuid?.() !== 0, 'only root can make a program that runs as another user');
  const read = 'setpriv --reuid=65534 --clear-groups test -r "$0"';
  const { status } = spawnSync('sh', ['-c', read, import.meta.filename]);
  context.skip(status !== 0, 'another user may not read this clone');
  const folder = mkdtempSync(join(tmpdir(), 'run-program-'));
  const asRoot = join(folder, 'as-root');
  chmodSync(folder, 0o755);
  execFileSync('sh', ['-c', 'cp "$(command -v setpriv)" "$0" && chmod 4755 "$0"', asRoot]);
  const script = 'echo up; sleep 0.5; exit 7';
  const args = ['--input-type=module', '--eval', AS_NOBODY, '--', asRoot, '--reuid=0'];
  const child = spawn(process.execPath, [...args, 'sh', '-c', script], {
    env: { PATH: process.env.PATH },
  });
  child.stdout.once('data', () => child.kill('SIGWINCH'));
  const ended = Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  expect(await ended).toEqual(['up\n', '', [7, null]]);
  rmSync(folder, { recursive: true });
});
