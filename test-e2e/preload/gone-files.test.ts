/** A program outlives the files of its preload: an upgrade in place brings others, or somebody prunes the folder. */
import { randomUUID } from 'node:crypto';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { testProject, testServer } from '../environment/for-tests.ts';
import { nodeBinary, testedMajors } from '../environment/nodes.ts';
import { type Outcome, outcomeOf, runProgram } from '../environment/run-program.ts';

const PROGRAM = fileURLToPath(new URL('fixtures/outlives-files.mjs', import.meta.url));
/** When the preload has kept the texts of its files. */
const KEPT_MS = 1_500;
const FOLDER = 'node_modules/@direct-logging/auto/dist';
const TEXTS = [
  ...['text', 'json', 'other json', 'descriptor', 'first child', 'second child'],
  ...['thread', 'other thread', 'Error: with a stack\n    at f (a.js:1:1)'],
  '{ object: Map(1) { 1 => 2 } }',
];

const server = testServer();
const project = testProject({ copied: true });

describe.each(testedMajors())('Node %i', (major) => {
  it.each([
    ['--import', 'removed', 'natural'],
    ['--require', 'removed', 'crash'],
    ['--import', 'replaced', 'crash'],
    ['--require', 'replaced', 'natural'],
  ])('ships everything: %s, %s, %s', async (flag, how, end) => {
    const env = { WHEN: String(KEPT_MS), HOW: how, END: end };
    const { bare, shipped, rows } = await compare(major, flag, env);
    if (how === 'removed') expect(shipped.stderr).not.toContain('DL_');
    expect(withoutOurs(shipped)).toEqual(withoutOurs(bare));
    const texts = rows.map(({ _msg }) => String(_msg)).filter((text) => TEXTS.includes(text));
    const printed = TEXTS.filter((text) => text !== 'other thread' || flag === '--import');
    expect(texts.sort()).toEqual(printed.sort());
    expect(rows.filter(({ _msg }) => _msg?.startsWith('long y'))).not.toEqual([]);
  });

  it.each(['removed', 'replaced'])(
    'runs as without us and warns if they are %s before',
    async (how) => {
      const { bare, shipped, rows } = await compare(major, '--import', { WHEN: '0', HOW: how });
      const warnings = shipped.stderr.match(/\[DL_FILE_GONE\]/g) ?? [];
      expect(warnings).toHaveLength(1);
      expect(withoutOurs(shipped)).toEqual(withoutOurs(bare));
      const texts = rows.map(({ _msg }) => _msg);
      expect(texts).toEqual(expect.arrayContaining(['text', 'descriptor', 'thread']));
    },
  );
});

async function compare(major: 20 | 22 | 24 | 26, flag: string, env: Record<string, string>) {
  const node = await nodeBinary(major);
  const folder = join(project.folder, FOLDER);
  const job = randomUUID();
  await rm(folder, { recursive: true, force: true });
  await cp(join(project.nodeModules, '../', FOLDER), folder, { recursive: true });
  const run = async (args: readonly string[], own: Record<string, string>): Promise<Outcome> => {
    const all = { ...env, FLAG: flag, ...own };
    const at = { node, cwd: project.folder };
    return outcomeOf(await runProgram({ ...at, args: [...args, PROGRAM], env: all }));
  };
  const ours = { FOLDER: folder, VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: job };
  const [shipped, bare] = await Promise.all([
    run([flag, '@direct-logging/auto'], ours),
    run([], {}),
  ]);
  return { bare, shipped, rows: await server.queryWhen(`job:="${job}"`, 3) };
}

/** Without our warnings, and Node's hint behind the first of them. */
function withoutOurs(run: Outcome): Outcome {
  const stderr = run.stderr
    .replaceAll(/^\(node:\d+\) (\[DL_\w+\] )?DirectLoggingWarning: .*\n?/gm, '')
    .replaceAll(/^\(Use `node --trace-warnings .*\n?/gm, '');
  return { ...run, stderr };
}
