/** What an application can find out is what it would find out without us, whatever stdout leads to. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Output, type Programs, startPrograms } from './programs.ts';

let programs: Programs;
beforeAll(async () => {
  programs = await startPrograms();
});
afterAll(() => programs?.stop());

/** The one thing that differs, and docs/capture.md says so: our listeners. */
const OUR_LISTENERS = ['exit', 'uncaughtExceptionMonitor', 'worker'];

describe.each<Output>(['files', 'pipes', 'terminal'])('into %s', (output) => {
  it('streams, console, errors, stacks, order, handles and listeners', async () => {
    const facts = async (name: string): Promise<Record<string, unknown>> => {
      const text = await readFile(join(programs.project.folder, name), 'utf8');
      const { processEvents, ...rest } = JSON.parse(text) as Record<string, unknown>;
      return { ...rest, processEvents: (processEvents as string[]).filter(isNotOurs) };
    };
    const shipped = await programs.ship({ args: ['facts.mjs', 'shipped.json'], output });
    const bare = await programs.bare({ args: ['facts.mjs', 'bare.json'], output });
    expect(await facts('shipped.json')).toEqual(await facts('bare.json'));
    expect(outcomeOf(shipped.shipped)).toEqual(outcomeOf(bare));
    expect(bare.stderr).not.toContain('MaxListeners');
    expect(shipped.shipped.durationMs).toBeLessThan(bare.durationMs + 500);
  });
});

describe.each<[Output, ...string[]]>([
  ['closed pipe', 'console', 'write', 'handled', 'descriptor', 'deep'],
  ['full disk', 'console', 'write', 'handled', 'descriptor', 'deep'],
  ['slow reader', 'console', 'much'],
])('into a %s', (output, ...ways) => {
  it.each(ways)('%s', async (way) => {
    const args = ['exhausting.mjs', way];
    const { bare, shipped, rows } = await programs.compare({ args, output, expected: 1 });
    expect(outcomeOf(shipped)).toEqual(outcomeOf(bare));
    const lines = rows.filter(({ stream }) => stream === 'stdout').map(({ _msg }) => _msg);
    const count = way === 'much' ? 400 : way === 'console' ? 3 : 1;
    expect(new Set(lines).size).toBe(count);
    expect(lines).toHaveLength(count);
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
