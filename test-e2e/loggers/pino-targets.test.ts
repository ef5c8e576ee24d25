/** Our target where pino's thread has others too. */
import { expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import { startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);

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

it('ships what it is given where the preload ships the rest, and each line once', async () => {
  const { rows } = await loggers.run({ args: ['pino-targets.mjs'], preload: true, expected: 4 });
  // In the thread of a file nobody tells which field is the message.
  expect(rows.map(({ text, _msg }) => text ?? _msg).sort()).toEqual([
    'PIPED',
    'below the level of the target',
    'of several',
    'out of stock',
  ]);
});

const nodes = await findNodes(testedMajors());
const terminations = [
  { termination: 'natural', code: 0 },
  { termination: 'exit', code: 3 },
];
const targets = [
  {
    ...{ target: '@direct-logging/pino-transport', preload: false, printed: 0 },
    report:
      '[DL_LOST_AT_EXIT] DirectLoggingWarning: 2 log records of a target of pino.transport were not delivered',
  },
  {
    ...{ target: 'pino/file', preload: true, printed: 2 },
    report: '[DL_LOST_AT_EXIT] DirectLoggingWarning: 2 log records were not delivered',
  },
];
const unheard = nodes.flatMap((one) =>
  terminations.flatMap((termination) =>
    targets.map((target) => ({ ...one, ...termination, ...target })),
  ),
);

it.each(unheard)(
  'Node $major says that nobody listens when the program ends soon: $termination, $target',
  async ({ termination, code, node, target, preload, printed, report }) => {
    const args = ['pino-unheard.mjs', termination, target];
    const env = { VICTORIALOGS_URL: 'http://127.0.0.1:9', VICTORIALOGS_EXIT_TIMEOUT_MS: '500' };
    const { run } = await loggers.run({ args, preload, expected: 0, node, env });
    expect(run).toMatchObject({ code });
    expect(run.stdout.match(/"msg"/g) ?? []).toHaveLength(printed);
    const [warning] = run.stderr.split('\n');
    expect(warning?.replace(/\d+/, '')).toContain(`(node:) ${report} to http://127.0.0.1:9/`);
    expect(warning).toContain('ECONNREFUSED');
  },
);
