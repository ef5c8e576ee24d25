/** Every thread ships what it prints, whatever environment and flags it is given. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import { type Loggers, startLoggers } from './loggers.ts';

let loggers: Loggers;
beforeAll(async () => {
  loggers = await startLoggers();
});
afterAll(() => loggers?.stop());

const THREADS = ['a text', 'a file'].flatMap((what) =>
  [
    'nothing',
    'no environment',
    'its own environment',
    'the shared environment',
    'an inherited environment',
    'no flags',
    'flags of its own',
    'no NODE_OPTIONS',
    'neither environment nor flags',
  ].map((given) => `${what} with ${given}`),
);
const AUTO = fileURLToPath(new URL('../../packages/auto/dist/', import.meta.url));
const ways: Readonly<Record<string, { args: string[]; env: Record<string, string> }>> = {
  '--import': { args: ['--import', `${AUTO}import.js`], env: {} },
  '--require': { args: ['--require', `${AUTO}index.cjs`], env: {} },
  'NODE_OPTIONS, --import': { args: [], env: { NODE_OPTIONS: `--import ${AUTO}import.js` } },
  '--require, beside flags that a thread cannot be given': {
    args: ['--max-old-space-size=500', '--title=a b', '--require', `${AUTO}index.cjs`],
    env: {},
  },
  'NODE_OPTIONS, --require': { args: [], env: { NODE_OPTIONS: `--require ${AUTO}index.cjs` } },
};
const nodes = await findNodes(testedMajors());

it.concurrent.each(pairsOf(Object.keys(ways), nodes).map(([way, one]) => ({ ...one, way })))(
  'Node $major, preloaded by $way',
  async ({ node, way }) => {
    const { args = [], env = {} } = ways[way] ?? {};
    const { run, rows } = await loggers.run({
      args: [...args, 'threads.mjs'],
      preload: false,
      expected: 4 * THREADS.length,
      env,
      node,
    });
    expect(run).toMatchObject({ code: 0, stderr: expect.not.stringContaining('arning') });
    const shipped = rows.map(({ _msg, level, logger }) => `${_msg} ${level} ${logger}`);
    const expected = THREADS.flatMap((thread) => [
      `descriptor: ${thread} INFO stdout`,
      `pino: ${thread} WARN pino`,
      `console: ${thread} ERROR console`,
      `seen: ${thread}:  INFO console`,
    ]);
    expect(shipped.sort()).toEqual(expected.sort());
  },
);
