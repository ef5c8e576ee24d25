/** Programs that start other programs: whatever way the output of a child goes, every printed line is one record. */
import { chmod, cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { forTests } from '../environment/for-tests.ts';
import { FLAGS, findNodes, testedMajors } from '../environment/nodes.ts';
import { CHILD, messagesOf, startProcessTree } from './process-tree.ts';

const PARENT = ['parent: done', 'the same'];
/** What the parent makes of what the child prints. */
const LINES = CHILD.flatMap((text) => text.split('\n'));

/** What is in VictoriaLogs besides the lines of the parent. */
const WAYS: Readonly<Record<string, readonly string[]>> = {
  inherit: CHILD,
  'spawnSync, inherit': CHILD,
  pipe: CHILD,
  'pipe, without a newline at the end': CHILD,
  'pipe, the child ships only errors': LINES,
  'pipe, the child ships for another tenant': LINES,
  'data, console.log': CHILD,
  lines: CHILD,
  swallowed: CHILD,
  'swallowed, and printed by the parent itself': [...CHILD, ...CHILD],
  'never read, and printed by the parent itself': [...CHILD, ...CHILD],
  'a shell pipeline, and printed by the parent itself': [...CHILD, ...CHILD],
  file: CHILD,
  ignore: CHILD,
  exec: CHILD,
  execFile: CHILD,
  spawnSync: CHILD,
  execSync: CHILD,
  'read without a listener': CHILD,
  fork: CHILD,
  'fork, silent': CHILD,
  'fork, silent, swallowed': CHILD,
  cluster: CHILD,
  'cluster, silent': CHILD,
  'a shell that prints, too': [...CHILD, 'the shell'],
  'a shell with tee': CHILD,
  'a shell that redirects': CHILD,
  'two generations': [...CHILD, ...PARENT],
  'a worker thread': [...CHILD, 'the same'],
};

/** How a way is tried: in `npm test` they take turns. */
const HOW = [
  ['--import', 'files'],
  ['--require', 'pipes'],
  ['--import', 'pipes'],
  ['--require', 'files'],
] as const;

const AUTO = fileURLToPath(new URL('../../packages/auto/dist/', import.meta.url));

const tree = forTests(startProcessTree);

const nodes = await findNodes(testedMajors());

describe.concurrent.each(nodes)('on Node $major', ({ node }) => {
  if (node === undefined) return it.skip('is not there');

  it.each(pairsOf(Object.keys(WAYS), HOW).map(([way, [flag, output]]) => ({ way, flag, output })))(
    '$way, with $flag, into $output',
    async ({ way, flag, output }) => {
      const expected = [...(WAYS[way] ?? []), ...PARENT].sort();
      const args = ['parent.mjs', way];
      const run = { node, args, output, flag, count: expected.length };
      const { ended, rows } = await tree.run(run);
      expect(ended).toMatchObject({ code: 0, stderr: expect.not.stringContaining('Warning') });
      expect(messagesOf(rows)).toEqual(expected);
    },
  );
});

it('leaves out what it reads after a pause of any length', async () => {
  const args = ['parent.mjs', 'read after a pause'];
  const { rows } = await tree.run({ args, count: 20_002 });
  const expected = Array.from({ length: 20_000 }, (_, line) => `child: line ${line}`);
  expect(messagesOf(rows)).toEqual([...expected, ...PARENT].sort());
});

it.runIf(process.getuid?.() === 0)(
  'ships twice what a child of another user prints, which can do nothing to its parent',
  async () => {
    // The other user cannot read the project.
    const folder = await mkdtemp(join(tmpdir(), 'another-user-'));
    await chmod(folder, 0o755);
    await cp(fileURLToPath(new URL('fixtures/children/', import.meta.url)), folder, {
      recursive: true,
    });
    await cp(AUTO, join(folder, 'auto'), { recursive: true });
    const precious = join(folder, 'precious');
    await writeFile(precious, 'of root');
    const args = [join(folder, 'parent.mjs'), 'another user', precious];
    const preload = join(folder, 'auto/index.cjs');
    const hostile = [
      'list',
      'learn the secret',
      'link',
      'link to a device',
      'hard link',
      'forge',
    ].map((what) => `hostile: ${what}: EACCES`);
    const ofChildren = [...CHILD, ...hostile];
    const linesOf = ofChildren.flatMap((text) => text.split('\n'));
    const expected = [...ofChildren, ...linesOf, ...PARENT].sort();
    const { rows } = await tree.run({ args, cwd: folder, preload, count: expected.length });
    expect(messagesOf(rows)).toEqual(expected);
    expect(await readFile(precious, 'utf8')).toBe('of root');
    await rm(folder, { recursive: true });
  },
);

it.each(['../x', '/etc', '../x 1:1 - 1:1 -', '/tmp/../etc 1:1 - 1:1 -'])(
  'writes nothing where the environment says %j',
  async (DIRECT_LOGGING_STDIO) => {
    const TMPDIR = await mkdtemp(join(tree.folder, 'tmp-'));
    const env = { DIRECT_LOGGING_STDIO, TMPDIR };
    const { rows } = await tree.run({ args: ['child.mjs'], env, count: CHILD.length });
    expect(messagesOf(rows)).toEqual(CHILD);
    expect(await readdir(TMPDIR)).toEqual([]);
  },
);

it('ships what a child prints and what its parent makes of it, since these are two texts', async () => {
  const labelled = CHILD.filter((text) => !/error|json/.test(text))
    .flatMap((text) => text.split('\n'))
    .map((line) => `[0] ${line.trim()}`);
  const json = '[0] {"level":"warn","msg":"child: json","orderId":17}';
  // A blank line of the child is no record, but its parent's line is.
  const expected = [...CHILD, ...labelled, '[0] ', json, ...PARENT].sort();
  const { rows } = await tree.run({ args: ['parent.mjs', 'labelled'], count: expected.length });
  expect(messagesOf(rows)).toEqual(expected);
});

it('ships what both programs of a shell pipeline print, since neither is the parent of the other', async () => {
  const command = 'node child.mjs 2> errors | node -e "process.stdin.pipe(process.stdout)"';
  const printedTwice = CHILD.flatMap((text) => (text === 'child: error' ? [] : text.split('\n')));
  const expected = [...CHILD, ...printedTwice].sort();
  const run = { node: '/bin/sh', args: ['-c', command], count: expected.length };
  const { rows } = await tree.run(run);
  expect(messagesOf(rows)).toEqual(expected);
});

it('ships the exception that ends a child whose output is thrown away', async () => {
  const args = ['parent.mjs', 'ignore, and the child fails'];
  const { rows } = await tree.run({ args, count: PARENT.length + 1 });
  const fatal = rows.filter(({ level }) => level === 'FATAL');
  expect(fatal.map((row) => row['error.message'])).toEqual(['of the child']);
  expect(rows).toHaveLength(PARENT.length + 1);
});

it('ships from the parent what a child without the preload prints', async () => {
  const args = ['parent.mjs', 'a child without the preload'];
  const { rows } = await tree.run({ args, count: CHILD.length + PARENT.length + 1 });
  expect(messagesOf(rows)).toEqual([...CHILD, 'lines', ...PARENT].map(line).sort());
  expect(new Set(rows.map((row) => row['shipper.id'])).size).toBe(1);

  /** A raw write is a message for each line. */
  function line(text: string): string {
    return text.replace(/\nlines$/, '');
  }
});

it('keeps the levels of a child’s console, and what it noted goes with the parent', async () => {
  const TMPDIR = await mkdtemp(join(tree.folder, 'tmp-'));
  const args = ['parent.mjs', 'pipe'];
  const { rows } = await tree.run({ args, env: { TMPDIR }, count: CHILD.length + 2 });
  expect(rows.find((row) => row._msg === 'child: error')).toMatchObject({
    ...{ level: 'ERROR', stream: 'stderr', logger: 'console' },
  });
  expect(await readdir(TMPDIR)).toEqual([]);
});

it.skipIf(process.platform !== 'linux').each(['/there/is/none', '/dev/null'])(
  'notes lines in shared memory if TMPDIR is %s',
  async (TMPDIR) => {
    const env = { TMPDIR };
    const args = ['parent.mjs', 'pipe'];
    const { rows } = await tree.run({ args, env, count: CHILD.length + 2 });
    expect(messagesOf(rows)).toEqual([...CHILD, ...PARENT].sort());
  },
);

describe.concurrent.each(nodes)('node --test on Node $major', ({ node }) => {
  if (node === undefined) return it.skip('is not there');

  it.each(FLAGS)(
    'ships what tests print, and nothing that they tell the runner: %s',
    async (flag) => {
      const args = ['--test', '--test-reporter=spec', 'shop.test.mjs'];
      const { ended, rows } = await tree.run({ node, args, flag, count: 3 });
      expect(ended.code).toBe(0);
      const messages = messagesOf(rows);
      for (const text of ['logged by a test', 'written by a test', 'an error by a test']) {
        expect(messages.filter((message) => message.includes(text))).toEqual([text]);
      }
      expect(messages.filter((message) => /test:|\uFFFD/.test(message))).toEqual([]);
      // Node loads no --import in the runner itself.
      const reports = flag === '--require' ? 1 : 0;
      expect(messages.filter((message) => /prints \(/.test(message))).toHaveLength(reports);
    },
  );

  it.each(FLAGS)('a worker thread with NODE_CHANNEL_FD lives and ships: %s', async (flag) => {
    const args = ['thread-with-channel.mjs'];
    const { ended, rows } = await tree.run({ node, args, flag, count: 2 });
    expect(ended).toMatchObject({ code: 0, stdout: 'in a thread\nended with 0\n' });
    expect(messagesOf(rows)).toEqual(['ended with 0', 'in a thread']);
  });
});
