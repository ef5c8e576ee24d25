/** Runs a fixture with the real Node, with and without the hook, its output in files or through real pipes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

export interface CapturedRecord {
  readonly text: string;
  readonly level?: string;
  readonly stream?: string;
  readonly logger?: string;
  readonly error?: string;
}

export interface Run {
  readonly status: string;
  stdout: string;
  readonly stderr: string;
  readonly records: readonly CapturedRecord[];
}

export interface RunOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  readonly output?: 'file' | 'pipe';
  readonly hook?: boolean;
  /** Also opened for writing, as descriptor 5. */
  readonly fifthDescriptor?: boolean;
}

const fixtures = fileURLToPath(new URL('./fixtures/', import.meta.url));

export function fixturePath(name: string): string {
  return join(fixtures, name);
}

export function texts(records: readonly CapturedRecord[]): string[] {
  return records.map(({ text }) => text);
}

/** Records without what the warning texts tell about the process. */
export function brief(records: readonly CapturedRecord[]): string[] {
  return records.map(({ text, level, stream, logger, error }) =>
    [stream, logger, level ?? '-', text, ...(error === undefined ? [] : [error])].join('|'),
  );
}

/** A hooked program prints the same bytes as a bare one, ends with the same code, and is captured. */
export function expectSameOutput(name: string, options?: RunOptions): void {
  const { records, ...hooked } = runFixture(name, options);
  const { records: none, ...bare } = runFixture(name, { ...options, hook: false });
  expect(hooked).toEqual(bare);
  expect(none).toEqual([]);
  expect(records.length).toBeGreaterThan(0);
}

export function runFixture(name: string, options: RunOptions = {}): Run {
  const folder = mkdtempSync(join(tmpdir(), 'stdout-hook-'));
  try {
    const preload = fixturePath(options.hook === false ? 'bare.mjs' : 'hooked.mjs');
    const command = [
      process.env.FIXTURE_NODE ?? process.execPath,
      ...(options.nodeOptions ?? []),
      '--import',
      preload,
      fixturePath(name),
      ...(options.args ?? []),
    ];
    const out = join(folder, 'out');
    const fifth = options.fifthDescriptor === true ? `5>${folder}/fifth` : '';
    const run = `"$@" 2>${folder}/err ${fifth}; echo $? >${folder}/status`;
    const script = options.output === 'pipe' ? `{ ${run}; } | cat >${out}` : `{ ${run}; } >${out}`;
    spawnSync('bash', ['-c', script, 'bash', ...command], {
      env: {
        PATH: process.env.PATH,
        RECORDS: join(folder, 'records'),
        HOOK: process.env.HOOK,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        ...options.env,
      },
      stdio: 'ignore',
      timeout: 50_000,
    });
    const read = (file: string): string => {
      try {
        return readFileSync(join(folder, file), 'utf8');
      } catch {
        return '';
      }
    };
    return {
      status: read('status').trim(),
      stdout: read('out'),
      stderr: read('err').replaceAll(/\(node:\d+\)/g, '(node:1)'),
      records: read('records')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line)),
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
