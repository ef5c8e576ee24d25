import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'auto-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Runs the fixture in the folder of this package, where its own name can be resolved. */
async function run(flags: string[], env: NodeJS.ProcessEnv) {
  const program = join(import.meta.dirname, 'fixtures/surroundings.cjs');
  const child = spawn(process.execPath, [...flags, program], {
    cwd: join(import.meta.dirname, '..'),
    env: { PATH: process.env.PATH, VICTORIALOGS_EXIT_TIMEOUT_MS: '100', ...env },
    stdio: ['ignore', openSync(join(folder, 'out'), 'w'), openSync(join(folder, 'err'), 'w')],
  });
  const [status] = await once(child, 'exit');
  const stderr = readFileSync(join(folder, 'err'), 'utf8');
  return { status, stderr, seen: JSON.parse(readFileSync(join(folder, 'out'), 'utf8')) };
}

/** Nobody listens there. */
const ADDRESS = { VICTORIALOGS_URL: 'http://127.0.0.1:9' };

describe.each(['--import', '--require'])('%s @direct-logging/auto', (flag) => {
  const flags = [flag, '@direct-logging/auto'];

  it('loads no HTTP client before the first line', async () => {
    const { status, seen } = await run(flags, ADDRESS);
    expect(status).toBe(0);
    expect(seen.loaded).toEqual([]);
  });

  it('reads two files', () => {
    const record = join(import.meta.dirname, 'fixtures/files.cjs');
    const { stdout } = spawnSync(process.execPath, [flag, record, ...flags, '--eval', ''], {
      cwd: join(import.meta.dirname, '..'),
      env: { PATH: process.env.PATH, VICTORIALOGS_EXIT_TIMEOUT_MS: '100', ...ADDRESS },
      encoding: 'utf8',
    });
    const files: string[] = JSON.parse(stdout);
    const entry = flag === '--import' ? 'import.js' : 'index.js';
    expect(files.map((file) => basename(file))).toEqual([entry, 'compose.js']);
  });

  it('starts no thread and no timer that could be noticed', async () => {
    const { seen } = await run(flags, ADDRESS);
    expect(seen.resources).not.toContain('MessagePort');
    expect(seen.resources).not.toContain('Timeout');
  });

  it('names itself absolutely for the processes that the program starts', async () => {
    const { seen } = await run([], { ...ADDRESS, NODE_OPTIONS: flags.join(' ') });
    expect(seen.NODE_OPTIONS).toMatch(
      flag === '--import' ? /^--import file:\/\/\/.+\/import\.js$/ : /^--require .+index\.js"?$/,
    );
  });

  it('leaves no trace without an address', async () => {
    const NODE_OPTIONS = flags.join(' ');
    const { status, stderr, seen } = await run([], { NODE_OPTIONS });
    expect([status, stderr]).toEqual([0, '']);
    expect(seen).toEqual({ loaded: [], resources: [], NODE_OPTIONS });
  });
});
