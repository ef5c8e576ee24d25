/** Exceptions and rejections that a winston logger handles: as records, and the process ends or goes on as winston has it. */
import { expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);

const THROWN = ['ERROR', 'uncaughtException: thrown', 'TypeError', 'thrown', undefined];
const REJECTED = ['ERROR', 'unhandledRejection: rejected', 'TypeError', 'rejected', undefined];
const AFTER = ['INFO', 'after it', undefined, undefined, undefined];

/** Where the process ends, winston waits three seconds for transports that do not finish: those that don't go first. */
it.concurrent.each([
  { args: ['code', 'throw', 'stays'], code: 0, records: [THROWN, AFTER] },
  { args: ['code', 'throw', 'decides'], code: 0, records: [THROWN, AFTER] },
  { args: ['code', 'reject', 'stays'], code: 0, records: [REJECTED, AFTER] },
  { args: ['console', 'throw', 'stays'], code: 0, records: [THROWN, AFTER] },
  { args: ['console', 'reject', 'stays'], code: 0, records: [REJECTED, AFTER] },
  { args: ['handlers', 'throw', 'stays'], code: 0, records: [THROWN] },
  { args: ['handlers', 'reject', 'stays'], code: 0, records: [REJECTED] },
  { args: ['code', 'throw', 'exits'], code: 1, records: [THROWN, AFTER] },
  { args: ['console', 'reject', 'exits'], code: 1, records: [REJECTED, AFTER] },
])('$args.0, $args.1, $args.2', async ({ args, code, records }) => {
  const { run, rows } = await loggers.run({
    args: ['winston-failures.cjs', ...args],
    preload: args[0] === 'console',
    expected: records.length,
  });
  expect(run).toMatchObject({ code, signal: null, stderr: '' });
  if (code === 0) expect(run.stdout).toMatch(/delivered\n$/);
  const ofLogger = rows.filter(({ logger }) => logger === 'winston');
  expect(
    ofLogger.map((row) => [
      row.level,
      // What the Console prints begins with the level.
      row._msg?.split('\n')[0]?.replace(/^(error|info): /, ''),
      row['error.type'],
      row['error.message'],
      row.stack,
    ]),
  ).toEqual(records);
});
