/** Runs programs whose preload writes what would be shipped to a file (`fixtures/ship-to-file.ts`), and reads it. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

export interface ShippedRecord {
  readonly text: string;
  readonly logger: string;
  readonly level?: string;
  readonly stream?: string;
  readonly trace_id?: string;
}

/** How the program of `fixtures/terminations.ts` ends, and what is seen of it. */
const TERMINATIONS = [
  ['natural', { status: 0, signal: null }],
  ['exit', { status: 3, signal: null }],
  ['throw', { status: 1, signal: null }],
  ['SIGKILL', { status: null, signal: 'SIGKILL' }],
] as const;

/** What is run, beside its name and arguments. */
interface HowToRun {
  readonly env?: NodeJS.ProcessEnv;
  /** Where the flags that load the preload stand. Default: the command line. */
  readonly flags?: 'command line' | 'NODE_OPTIONS';
}

type Run = SpawnSyncReturns<string> & { readonly shipped: readonly ShippedRecord[] };
type RunProgram = (name: string, args?: readonly string[], how?: HowToRun) => Run;

/**
 * For the tests of a file whose programs are in `fixtures`, with `preload.ts` among them. Each test has a folder of its own.
 * @param test Its `import.meta.url`.
 */
export function shippingPrograms(test: string): RunProgram {
  const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, test));
  const preload = ['--no-warnings', '--import', fixture('preload.ts')];
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'direct-logging-shipping-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  return (name, args = [], { env, flags = 'command line' } = {}) => {
    const records = join(folder, 'records');
    const isVariable = flags === 'NODE_OPTIONS';
    const command = [...(isVariable ? [] : preload), fixture(name), ...args];
    const options = isVariable ? { NODE_OPTIONS: preload.join(' ') } : {};
    const ended = spawnSync(process.execPath, command, {
      env: { ...process.env, RECORDS: records, ...env, ...options },
      encoding: 'utf8',
    });
    const lines = readFileSync(records, 'utf8').trimEnd().split('\n');
    return { ...ended, shipped: lines.map((line) => JSON.parse(line) as ShippedRecord) };
  };
}

/**
 * The messages of the lines, with how often each occurs.
 * @param key Of a line that is JSON.
 * @param before What stands before the message of another line.
 */
export function countMessages(
  shipped: readonly ShippedRecord[],
  key: string,
  before: string,
): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { text } of shipped) {
    const message = text.startsWith(before) ? text.slice(before.length) : text;
    const name = message.startsWith('{') ? JSON.parse(message)[key] : message;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

/** Tests that `fixtures/terminations.ts` ships all of its 100 lines, however it ends. */
export function testTerminations(run: RunProgram, logger: string): void {
  test.each(TERMINATIONS)(
    'ships every line before the process ends: %s',
    (termination, expected) => {
      const { shipped, status, signal } = run('terminations.ts', [termination]);

      expect({ status, signal }).toEqual(expected);
      const lines = shipped.filter((record) => record.logger === logger);
      expect(lines.map(({ text }) => JSON.parse(text).at)).toEqual([...Array(100).keys()]);
    },
  );
}
