/** What an application can find out is what it would find out without direct-logging, whatever stdout leads to. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { forTests } from '../environment/for-tests.ts';
import { leastTime } from '../environment/least-time.ts';
import { type NodeMajor, testedMajors } from '../environment/nodes.ts';
import { outcomeOf, type ProgramRun } from '../environment/run-program.ts';
import { type Output, startPrograms } from './programs.ts';

const programs = forTests(startPrograms);

/** The one thing that differs, and docs/capture.md says so: our listeners. */
const OUR_LISTENERS = ['exit', 'beforeExit', 'uncaughtExceptionMonitor', 'worker'];

/** Less than what a timer of ours or an attempt to send again would take, more than what an exit with a flush does. */
const MUCH_MS = 500;

const OUTPUTS: readonly Output[] = ['files', 'pipes', 'terminal'];
const CASES = pairsOf(OUTPUTS, testedMajors()).map(([output, major]) => ({ major, output }));

describe.each(CASES)('Node $major into $output', ({ major, output }) => {
  it('streams, console, errors, stacks, order, handles and listeners', async () => {
    const facts = async (name: string): Promise<Record<string, unknown>> => {
      const text = await readFile(join(programs.project.folder, name), 'utf8');
      const { processEvents, ...rest } = JSON.parse(text) as Record<string, unknown>;
      return { ...rest, processEvents: (processEvents as string[]).filter(isNotOurs) };
    };
    const shipped = await programs.ship({ args: ['facts.mjs', 'shipped.json'], output, major });
    const bare = await programs.bare({ args: ['facts.mjs', 'bare.json'], output, major });
    expect(await facts('shipped.json')).toEqual(await facts('bare.json'));
    expect(outcomeOf(shipped.shipped)).toEqual(outcomeOf(bare));
    expect(bare.stderr).not.toContain('MaxListeners');
  });
});

it('the time to exit', async () => {
  const args = ['child.mjs', 'that ends'];
  const fastest = { bare: Infinity, shipped: Infinity };
  const moreMs = await leastTime(MUCH_MS, async () => {
    const { bare, shipped } = await programs.compare({ args });
    fastest.bare = Math.min(fastest.bare, bare.durationMs);
    fastest.shipped = Math.min(fastest.shipped, shipped.durationMs);
    return fastest.shipped - fastest.bare;
  });
  expect(moreMs).toBeLessThan(MUCH_MS);
});

/** Nobody listens at the last one: timers and connections begin and fail all the time. */
const SERVERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a server': {},
  'no server': { VICTORIALOGS_URL: 'http://127.0.0.1:9', VICTORIALOGS_EXIT_TIMEOUT_MS: '1' },
  'no server, undici': {
    VICTORIALOGS_URL: 'https://127.0.0.1:9',
    VICTORIALOGS_EXIT_TIMEOUT_MS: '1',
    VICTORIALOGS_TLS_WRITE_THROUGH: '0',
  },
};

describe.each(testedMajors())('Node %i', (major) => {
  it.each(Object.keys(SERVERS))('what its asynchronous contexts hold, %s', async (name) => {
    const run = { args: ['contexts.mjs'], major, env: SERVERS[name] ?? {} };
    const bare = await programs.bare(run);
    const { shipped } = await programs.ship({ ...run, expected: 0 });
    expect(bare.stdout).toContain('held: \n');
    expect(shipped.stdout).toEqual(bare.stdout);
  });
});

/** On Node 20 any `--import` lets messages arrive before the program listens. */
const KEEP_MESSAGES = testedMajors().filter((major) => major > 20);

it.each(KEEP_MESSAGES)('what a parent sends to its children at once, Node %i', async (major) => {
  const args = ['family.mjs'];
  const { bare, shipped, rows } = await programs.compare({ args, major, expected: 6 });
  expect(outcomeOf(shipped)).toEqual(outcomeOf(bare));
  const family = ['fork asked', 'fork answered', 'fork ended with 0'];
  const texts = [...family, ...family.map((text) => text.replace('fork', 'cluster'))];
  expect(rows.map(({ _msg }) => _msg)).toEqual(texts);
});

/** From which major version on, and with which flags, the permission model lets a program send. */
const PERMISSIONS: ReadonlyArray<readonly [NodeMajor, readonly string[]]> = [
  [24, []],
  [26, ['--allow-net']],
];
const tested = PERMISSIONS.filter(([major]) => testedMajors().includes(major));

it.each(tested)('the permission model of Node %i', async (major, flags) => {
  const args = ['--permission', '--allow-fs-read=*', ...flags, 'child.mjs', 'with permission'];
  const { bare, shipped, rows } = await programs.compare({ args, major, expected: 2 });
  // Node warns of the flag when it is first needed, which is earlier with direct-logging.
  const printed = ({ stderr, ...run }: ProgramRun) => [
    outcomeOf({ ...run, stderr: '' }),
    stderr.split('\n').sort(),
  ];
  expect(printed(shipped)).toEqual(printed(bare));
  expect(rows).toHaveLength(2);
});

const DEEP = ['deep', 'deep console', 'deep winston'];
const WITH_ERRORS = ['console', 'write', 'handled', 'descriptor', ...DEEP];
const EXHAUSTED: ReadonlyArray<readonly [Output, readonly string[]]> = [
  ['closed pipe', WITH_ERRORS],
  ['full disk', WITH_ERRORS],
  ['slow reader', ['console', 'much', 'at once']],
];
/** How many lines the programs write, if not one. */
const LINES: Readonly<Record<string, number>> = { console: 3, much: 400, 'at once': 400 };

describe.each(testedMajors())('Node %i', (major) => {
  describe.each(EXHAUSTED)('into a %s', (output, ways) => {
    it.concurrent.each(ways)('%s', async (way) => {
      const count = LINES[way] ?? 1;
      const args = ['exhausting.mjs', way];
      const run = { args, output, major, expected: count };
      const { bare, shipped, rows } = await programs.compare(run);
      expect(outcomeOf(shipped)).toEqual(outcomeOf(bare));
      const lines = rows.filter(({ stream }) => stream === 'stdout').map(({ _msg }) => _msg);
      expect(new Set(lines).size).toBe(count);
      expect(lines).toHaveLength(count);
    });
  });
});

function isNotOurs(event: string): boolean {
  return !OUR_LISTENERS.includes(event.split(' ')[0] ?? '');
}
