/** Outputs of ours with options of their own, beside what the preload ships: each line once to each server and tenant. */
import { expect, it } from 'vitest';
import { forTests, testServer } from '../environment/for-tests.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);
const other = testServer({ own: true });

/** The messages that arrive with the preload, and the containers that they name. */
const BESIDE = {
  'stdout, url': ['app'],
  'url, stdout': ['app'],
  'file, url': ['app'],
  'name, file': ['shop'],
  'name, stdout, file': ['shop'],
  'stdout, other server': ['app'],
  'other server, file': ['app'],
  'stdout, other tenant': ['app'],
  'other tenant, stdout': ['app'],
  'name, stdout, other name': ['shop', 'stock'],
  'stdout, lower level': ['app'],
  'higher level, stdout': ['app'],
  'higher level, stdout: error': ['app'],
  'target: url, stdout': ['app'],
  'target: stdout, url': ['app'],
  'target: file, name': ['app'],
  'target: name, file': ['shop'],
  'target: higher level, file': ['app'],
  'target: stdout, other server': ['app'],
  'target: other tenant, file': ['app'],
  'winston: Console, url': ['app'],
  'winston: name, Console': ['shop'],
  'winston: level, file': ['app'],
  'winston: Console, other server': ['app'],
  'winston: other server, file': ['app'],
  'winston: other tenant, Console': ['app'],
};
/** What only the preload ships. */
const PRELOADED = [
  'higher level, stdout',
  'target: higher level, file',
  ...Object.keys(BESIDE).filter((name) => /other (server|tenant)/.test(name)),
];
const ALONE = Object.fromEntries(
  Object.entries({
    ...BESIDE,
    'file, url': ['app'],
    'target: file, name': ['shop'],
  }).filter(([name]) => !PRELOADED.includes(name)),
);

function containers(rows: readonly Row[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { _msg = '', container_name: name = '' } of rows) {
    found[_msg] = [...(found[_msg] ?? []), name].sort();
  }
  return found;
}

const cases = (await findNodes(testedMajors())).flatMap((node) =>
  [true, false].map((preload) => ({ ...node, preload })),
);

it.each(cases)(
  'Node $major, preload $preload: each line is shipped once to each server and tenant',
  async ({ node, preload }) => {
    const expected = preload ? BESIDE : ALONE;
    const { run, rows } = await loggers.run({
      args: ['own-outputs.mjs'],
      preload,
      node,
      expected: Object.values(expected).flat().length,
      env: { LOG_LEVEL: 'INFO', VICTORIALOGS_CONTAINER_NAME: 'app', OTHER_URL: other.url },
    });
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(containers(rows)).toEqual(expected);
    const query = `job:="${rows[0]?.job}"`;
    const elsewhere = Object.keys(BESIDE).filter((name) => name.includes('other server'));
    const archived = await other.queryWhen(query, elsewhere.length);
    expect(archived.map(({ _msg }) => _msg).sort()).toEqual(elsewhere.sort());
  },
);
