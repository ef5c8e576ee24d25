/** Our target where pino's thread has others too. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Loggers, startLoggers } from './loggers.ts';

let loggers: Loggers;
beforeAll(async () => {
  loggers = await startLoggers();
});
afterAll(() => loggers?.stop());

it('knows the logger as one of several targets with its own level, and in a pipeline', async () => {
  const { run, rows } = await loggers.run({
    args: ['pino-targets.mjs'],
    preload: false,
    expected: 3,
  });
  expect(run).toMatchObject({ code: 0, stdout: '', stderr: '' });
  expect(rows).toHaveLength(3);
  const byMessage = rows.toSorted((a, b) => ((a._msg ?? '') < (b._msg ?? '') ? -1 : 1));
  expect(byMessage).toMatchObject([
    { _msg: 'PIPED', level: 'INFO', request: '7' },
    { _msg: 'of several', level: 'WARN', level_extracted: '45', request: '7' },
    { _msg: 'out of stock', level: 'ERROR', 'error.type': 'RangeError' },
  ]);
});

it('adds nothing where the preload has shipped the lines', async () => {
  const { rows } = await loggers.run({ args: ['pino-targets.mjs'], preload: true, expected: 4 });
  expect(rows.map(({ _msg }) => _msg)).toEqual([
    'below the level of the target',
    'of several',
    'out of stock',
    'piped',
  ]);
});
