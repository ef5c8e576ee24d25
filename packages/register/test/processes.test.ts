import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const fixtures = join(import.meta.dirname, 'fixtures');
const BOTH = 'stdout+stderr';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'register-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Runs a program in the folder of the fixtures, its output in files, and returns who was installed where. */
async function run(program: string, env: NodeJS.ProcessEnv, flags: string[]): Promise<string[]> {
  const notes = join(folder, 'notes');
  const child = spawn(process.execPath, [...flags, program], {
    cwd: fixtures,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      NOTES: notes,
      ...env,
    },
    stdio: ['ignore', openSync(join(folder, 'out'), 'w'), openSync(join(folder, 'err'), 'w')],
  });
  const [status] = await once(child, 'exit');
  expect(readFileSync(join(folder, 'err'), 'utf8')).toBe('');
  expect(status).toBe(0);
  return readFileSync(notes, 'utf8').trimEnd().split('\n').sort();
}

const ADDRESS = { VICTORIALOGS_URL: 'http://127.0.0.1:9' };
const QUIET = '--no-warnings';

describe.each(['--import', '--require'])('named by %s in NODE_OPTIONS', (flag) => {
  const env = { ...ADDRESS, NODE_OPTIONS: `${flag} ./preload.mjs` };

  it('is installed once in every child process, wherever it starts and whoever reads it', async () => {
    expect(await run('children.mjs', env, [QUIET])).toEqual([
      `forked main full ${BOTH}`,
      `inheriting main full ${BOTH}`,
      `piped main full ${BOTH}`,
      `piped-but-stderr main full ${BOTH}`,
      `program main full ${BOTH}`,
    ]);
  });

  it('leaves the console of worker threads to the thread that started them', async () => {
    expect(await run('threads.mjs', env, [QUIET])).toEqual([
      `lower worker descriptors ${BOTH}`,
      `program main full ${BOTH}`,
      `thread worker descriptors ${BOTH}`,
      `thread-of-text worker descriptors ${BOTH}`,
      `thread-with-own-environment worker descriptors ${BOTH}`,
      `thread-without-flags worker descriptors ${BOTH}`,
      `thread-without-settings worker descriptors ${BOTH}`,
      `upper worker descriptors ${BOTH}`,
    ]);
  });

  it('is installed in the worker threads of a managed instance instead of its main thread', async () => {
    const managed = { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9', AWS_LAMBDA_MAX_CONCURRENCY: '4' };
    expect(await run('threads.mjs', { ...env, ...managed }, [QUIET])).toEqual([
      `lower worker descriptors ${BOTH}`,
      `thread worker full ${BOTH}`,
      `thread-with-own-environment worker full ${BOTH}`,
      `upper worker full ${BOTH}`,
    ]);
  });
});

describe('named on the command line', () => {
  it('is found by forked processes in another directory', async () => {
    const flags = [QUIET, '--import', './preload.mjs'];
    expect(await run('children.mjs', ADDRESS, flags)).toEqual([
      `forked main full ${BOTH}`,
      `program main full ${BOTH}`,
    ]);
  });
});

it('is installed once when it is named twice', async () => {
  const env = { ...ADDRESS, NODE_OPTIONS: '--require ./preload.mjs --import ./preload.mjs' };
  const flags = [QUIET, '--import', './preload.mjs'];
  expect(await run('nothing.mjs', env, flags)).toEqual([`program main full ${BOTH}`]);
});
