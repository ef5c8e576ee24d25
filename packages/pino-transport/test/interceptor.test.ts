import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const fixture = (name: string) => fileURLToPath(new URL(`./fixtures/${name}`, import.meta.url));
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pino-transport-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Shipped {
  readonly text: string;
  readonly logger: string;
  readonly stream?: string;
}

/** pino keeps the flags of an ES module's process from its worker threads, but not the variable. */
type Way = 'flag' | 'variable';

function run(way: Way, name: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
  const records = join(folder, 'records');
  const options = ['--no-warnings', '--import', fixture('preload.ts')];
  const ended = spawnSync(
    process.execPath,
    [...(way === 'flag' ? options : []), fixture(name), ...args],
    {
      env: {
        ...process.env,
        RECORDS: records,
        ...env,
        ...(way === 'flag' ? {} : { NODE_OPTIONS: options.join(' ') }),
      },
      encoding: 'utf8',
    },
  );
  const shipped = readFileSync(records, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Shipped);
  return { ...ended, shipped };
}

/** The messages of the lines, with how often each occurs. */
function messages(shipped: readonly Shipped[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { text } of shipped) {
    const message = text.replace(/^pretty /, '');
    const name = message.startsWith('{') ? JSON.parse(message).msg : message;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
}

describe('the interceptor of pino beside the capture of the standard streams', () => {
  test.each<Way>(['flag', 'variable'])(
    'ships every line once, wherever its logger writes to, preloaded by %s',
    (way) => {
      const { shipped, stderr, stdout } = run(way, 'destinations.ts');

      // What an object of the application's own is given and does not print is in no record.
      expect(messages(shipped)).toEqual({
        default: 1,
        'descriptor sync': 1,
        'descriptor async': 1,
        stderr: 1,
        stream: 1,
        file: 1,
        'file async': 1,
        'file stream': 1,
        'object that prints': 1,
        named: 1,
        'two, one prints': 1,
        two: 1,
        'file and stderr': 1,
        'two, deduped': 1,
        ours: 1,
        'ours beside another': 1,
        'ours and printed': 1,
        'rewritten XXXXXX': 1,
        piped: 1,
        'thread file': 1,
        'thread prints': 1,
        'thread console': 1,
        'thread ours': 1,
        // It is printed twice.
        'thread twice': 2,
        'thread again': 1,
        'printed beside': 1,
        'thread stream': 1,
        'thread descriptor': 1,
        'thread object that prints': 1,
      });
      expect(shipped.find(({ text }) => text.includes('"named"'))?.logger).toBe('shop');
      expect(shipped.find(({ text }) => text.includes('"default"'))).toMatchObject({
        logger: 'pino',
        stream: 'stdout',
      });
      for (const name of ['"two, deduped"', '"file and stderr"', '"stderr"']) {
        expect(shipped.find(({ text }) => text.includes(name))?.stream).toBe('stderr');
      }
      expect(stdout).toContain('"thread again"');
      expect(stderr).toContain('"stderr"');
    },
  );

  test('ships only what is printed where the setting says so', () => {
    const { shipped } = run('variable', 'destinations.ts', [], { VICTORIALOGS_LOGGERS: 'printed' });

    expect(messages(shipped)).toEqual({
      default: 1,
      'descriptor sync': 1,
      'descriptor async': 1,
      stderr: 1,
      stream: 1,
      'object that prints': 1,
      'two, one prints': 1,
      'file and stderr': 1,
      'two, deduped': 1,
      ours: 1,
      'ours beside another': 1,
      'ours and printed': 1,
      piped: 1,
      'thread prints': 1,
      'thread console': 1,
      'thread ours': 1,
      'thread twice': 2,
      'thread again': 1,
      'printed beside': 1,
      'thread stream': 1,
      'thread descriptor': 1,
      'thread object that prints': 1,
    });
  });

  test.each([
    ['natural', { status: 0, signal: null }],
    ['exit', { status: 3, signal: null }],
    ['throw', { status: 1, signal: null }],
    ['SIGKILL', { status: null, signal: 'SIGKILL' }],
  ])('ships every line before the process ends: %s', (termination, expected) => {
    const { shipped, status, signal } = run('flag', 'terminations.ts', [termination]);

    expect({ status, signal }).toEqual(expected);
    const lines = shipped.filter(({ logger }) => logger === 'pino');
    expect(lines.map(({ text }) => JSON.parse(text).at)).toEqual([...Array(100).keys()]);
  });
});
