/** Transports of ours for winston, beside what the preload ships: each line once to each server and tenant. */
import { expect, it } from 'vitest';
import { forTests, testServer } from '../environment/for-tests.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);
const other = testServer({ own: true });

/** The messages that arrive with the preload, and the containers that they name. */
const BESIDE = {
  'Console, url': ['app'],
  'name, Console': ['shop'],
  'level, file': ['app'],
  'Console, other server': ['app'],
  'other server, file': ['app'],
  'other tenant, Console': ['app'],
};
/** What only the preload ships. */
const PRELOADED = Object.keys(BESIDE).filter((name) => /other (server|tenant)/.test(name));
const ALONE = Object.fromEntries(
  Object.entries(BESIDE).filter(([name]) => !PRELOADED.includes(name)),
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
