/** A burst beside a file that cannot keep up, and the end of the process in the same tick: every line arrives, in order. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Loggers, startLoggers } from './loggers.ts';

let loggers: Loggers;
beforeAll(async () => {
  loggers = await startLoggers();
});
afterAll(() => loggers?.stop());

const LINES = 3000;

it.each([
  { way: 'code', end: 'exit', code: 3, signal: null },
  { way: 'code', end: 'kill', code: null, signal: 'SIGKILL' },
  { way: 'file', end: 'exit', code: 3, signal: null },
  { way: 'file', end: 'kill', code: null, signal: 'SIGKILL' },
])('$way, $end', async ({ way, end, code, signal }) => {
  const { run, rows } = await loggers.run({
    args: ['winston-burst.cjs', way, end],
    preload: way === 'file',
    expected: LINES,
  });
  expect(run).toMatchObject({ code, signal, stdout: '', stderr: '' });
  expect(rows.map(({ at }) => Number(at))).toEqual([...Array(LINES).keys()]);
});
