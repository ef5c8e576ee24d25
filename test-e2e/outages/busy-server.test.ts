/** Many short programs and one healthy server on the same processors: it is slow, and nothing is wrong with it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { isFullRun } from '../environment/extent.ts';
import { testServer } from '../environment/for-tests.ts';
import { ship } from './shipping-program.ts';

/**
 * To see whether the server is busy, a process sends 64 lines again over a new connection. Now and then a server that answers these at
 * once still leaves one request lying, and then all of its lines are sent again: once 4,093 of 120,000.
 */
const MAX_TWICE = 0.1;

const server = testServer({ own: true });

const CASES = isFullRun()
  ? [
      [8, 10_000, 'natural'],
      [12, 10_000, 'natural'],
      [20, 10_000, 'natural'],
      [20, 10_000, 'exit'],
      [50, 1_000, 'natural'],
      [50, 1_000, 'exit'],
      [20, 10_000, 'exit', 800],
    ]
  : [
      [12, 10_000, 'natural'],
      [20, 1_000, 'exit', 800],
    ];

it.each(CASES as Array<[number, number, string, number?]>)(
  '%i programs × %i lines that end at once (%s): few lines twice, and no false alarm',
  { timeout: 300_000 },
  async (programs, lines, termination, idleMs) => {
    const runs = await Promise.all(
      Array.from({ length: programs }, () =>
        ship({
          program: 'prints-and-ends.mjs',
          args: [termination],
          url: server.url,
          env: { IDLE_MS: String(idleMs ?? ''), LINES: String(lines) },
          timeoutMs: 120_000,
        }),
      ),
    );
    const { rows, once } = await storedOf(runs, programs * lines);
    const lost = runs
      .map(({ stderr }) => Number(/ (\d+) log records were not delivered/.exec(stderr)?.[1] ?? 0))
      .reduce((sum, count) => sum + count);
    for (const { code } of runs) expect(code).toBe(0);
    expect(programs * lines - once).toBe(lost);
    expect(rows - once).toBeLessThanOrEqual(programs * lines * MAX_TWICE);
  },
);

/** How many rows and how many different lines there are, once the server is done with what it was sent. */
async function storedOf(
  runs: readonly { readonly name: string }[],
  wanted: number,
): Promise<{ rows: number; once: number }> {
  const names = runs.map(({ name }) => `"${name}"`).join(', ');
  const each = 'stats by (container_name, _msg) count() as copies';
  const query = `container_name:in(${names}) | ${each} | stats count() as once, sum(copies) as rows`;
  for (let before = -1; ; await sleep(3_000)) {
    await server.forceFlush();
    const [found] = await server.query(query);
    const [rows, once] = [Number(found?.rows ?? 0), Number(found?.once ?? 0)];
    if (once === wanted || rows === before) return { rows, once };
    before = rows;
  }
}
