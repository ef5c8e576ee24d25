/** Every thread ships what it prints, whatever environment and flags it is given. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { forTests } from '../environment/for-tests.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import { startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);

const GIVEN = [
  'nothing',
  'no environment',
  'its own environment',
  'the shared environment',
  'an inherited environment',
  'no flags',
  'flags of its own',
  'an empty flag',
  'no NODE_OPTIONS',
  'neither environment nor flags',
];
/** What threads are made of. */
const MADE_OF = ['a text', 'a file'];
const AUTO = fileURLToPath(new URL('../../packages/auto/dist/', import.meta.url));
const ways: Readonly<Record<string, { args: string[]; env: Record<string, string> }>> = {
  '--import': { args: ['--import', `${AUTO}import.js`], env: {} },
  'NODE_OPTIONS, --import': { args: [], env: { NODE_OPTIONS: `--import ${AUTO}import.js` } },
  '--require': { args: ['--require', `${AUTO}index.cjs`], env: {} },
  '--require, beside flags that a thread cannot be given': {
    args: ['--max-old-space-size=500', '--title=a b', '--require', `${AUTO}index.cjs`],
    env: {},
  },
  'NODE_OPTIONS, --require': { args: [], env: { NODE_OPTIONS: `--require ${AUTO}index.cjs` } },
};
const nodes = await findNodes(testedMajors());

const CASES = nodes.flatMap((one) =>
  pairsOf(Object.keys(ways), MADE_OF).map(([way, madeOf]) => ({ ...one, way, madeOf })),
);

it.concurrent.each(CASES)(
  'Node $major, preloaded by $way, threads of $madeOf',
  async ({ node, way, madeOf }) => {
    const threads = GIVEN.map((given) => `${madeOf} with ${given}`);
    const { args = [], env = {} } = ways[way] ?? {};
    const { run, rows } = await loggers.run({
      args: [...args, 'threads.mjs', madeOf],
      preload: false,
      expected: 4 * threads.length,
      env,
      node,
    });
    expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining('arning') });
    const shipped = rows.map(({ _msg, level, logger }) => `${_msg} ${level} ${logger}`);
    const expected = threads.flatMap((thread) => [
      `descriptor: ${thread} INFO stdout`,
      `pino: ${thread} WARN pino`,
      `console: ${thread} ERROR console`,
      `seen: ${thread}:  INFO console`,
    ]);
    expect(shipped.sort()).toEqual(expected.sort());
  },
);

it.concurrent.each([
  ['--import', 'INFO'],
  ['--require', 'ERROR'],
] as const)(
  'preloaded by %s, console.error in the thread of module.register is %s',
  async (way, level) => {
    const { args } = ways[way] as { args: string[] };
    const { run, rows } = await loggers.run({
      args: [...args, 'module-hooks.mjs'],
      preload: false,
      expected: 1,
    });
    expect(run).toMatchObject({ code: 0, stderr: 'from the hooks\n' });
    expect(rows).toMatchObject([{ _msg: 'from the hooks', level }]);
  },
);
