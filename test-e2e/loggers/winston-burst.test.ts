/** A burst beside a file that cannot keep up, and the end of the process in the same tick. */
import { expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);

const LINES = 3000;

const ENDS = [
  { end: 'exit', code: 3, signal: null },
  { end: 'kill', code: null, signal: 'SIGKILL' },
];

it.each(ENDS)('every line arrives in order by the transport in code, $end', async (way) => {
  const { end, code, signal } = way;
  const { run, rows } = await loggers.run({
    args: ['winston-burst.cjs', 'code', end],
    preload: false,
    expected: LINES,
  });
  expect(run).toMatchObject({ code, signal, stdout: '', stderr: '' });
  expect(rows.map(({ at }) => Number(at))).toEqual([...Array(LINES).keys()]);
});

/** What winston still holds back has been given to no destination. The file takes 16 KiB at once. */
const HANDED_OVER = 50;

/** Without code, and by the transport in code, which winston makes wait for the file. */
const HELD_BACK = [
  { way: 'file', preload: true },
  { way: 'beside', preload: false },
];

it.each(HELD_BACK.flatMap((held) => ENDS.map((ended) => ({ ...held, ...ended }))))(
  'of what winston holds back, what it has written arrives: $way, $end',
  async ({ way, preload, end, code, signal }) => {
    const { run, rows } = await loggers.run({
      args: ['winston-burst.cjs', way, end],
      preload,
      expected: HANDED_OVER,
    });
    expect(run).toMatchObject({ code, signal, stdout: '', stderr: '' });
    expect(rows.length).toBeGreaterThanOrEqual(HANDED_OVER);
    expect(rows.map(({ at }) => Number(at))).toEqual([...Array(rows.length).keys()]);
  },
);
