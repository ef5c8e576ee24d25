/** What an application can find out is what it would find out without us, whatever stdout leads to. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testedMajors } from '../environment/nodes.ts';
import { type Output, type Programs, startPrograms } from './programs.ts';

let programs: Programs;
beforeAll(async () => {
  programs = await startPrograms();
});
afterAll(() => programs?.stop());

/** The one thing that differs, and docs/capture.md says so: our listeners. */
const OUR_LISTENERS = ['exit', 'uncaughtExceptionMonitor', 'worker'];

const OUTPUTS: readonly Output[] = ['files', 'pipes', 'terminal'];
const CASES = testedMajors().flatMap((major) => OUTPUTS.map((output) => ({ major, output })));

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
    expect(shipped.shipped.durationMs).toBeLessThan(bare.durationMs + 500);
  });
});

const EXHAUSTED: ReadonlyArray<readonly [Output, readonly string[]]> = [
  ['closed pipe', ['console', 'write', 'handled', 'descriptor', 'deep']],
  ['full disk', ['console', 'write', 'handled', 'descriptor', 'deep']],
  ['slow reader', ['console', 'much']],
];
/** How many lines the programs write, if not one. */
const LINES: Readonly<Record<string, number>> = { console: 3, much: 400 };

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

function outcomeOf({
  code,
  signal,
  stdout,
  stderr,
}: Awaited<ReturnType<Programs['bare']>>): object {
  return { code, signal, stdout, stderr };
}
