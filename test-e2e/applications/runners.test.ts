/** Programs of others that start Node programs, all with the preload: what the started program prints is there, once. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { forTests, testFolder } from '../environment/for-tests.ts';
import { FLAGS, findNodes, testedMajors } from '../environment/nodes.ts';
import { runCommand } from '../environment/run-command.ts';
import { bareEnvironment } from '../environment/run-program.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { CHILD, messagesOf, startProcessTree, writePackage } from './process-tree.ts';

const tree = forTests(startProcessTree);
let npm: string;
/** A folder with nothing but `node`, for what starts it by its name. */
const bin = testFolder('bin');

beforeAll(async () => {
  npm = (await runCommand('sh', ['-c', 'realpath "$(command -v npm)"'])).trim();
  await writePackage(tree.folder, {
    packageManager: 'npm@11.0.0',
    scripts: {
      start: 'node child.mjs',
      tee: 'node child.mjs | tee log',
      file: 'node child.mjs > log 2>&1',
      series: 'run-s start',
      parallel: 'run-p --print-label start',
    },
  });
});

const modules = (path: string) => `node_modules/${path}`;
const RUNNERS: Readonly<Record<string, () => readonly string[]>> = {
  'npm start': () => [npm, 'start'],
  'npm start with a pipe to tee': () => [npm, 'run', 'tee'],
  'npm start with a file': () => [npm, 'run', 'file'],
  'npm-run-all, in series': () => [npm, 'run', 'series'],
  'npm-run-all, labelled': () => [npm, 'run', 'parallel'],
  'concurrently --raw': () => [
    modules('concurrently/dist/bin/index.js'),
    '--raw',
    'node child.mjs',
  ],
  concurrently: () => [modules('concurrently/dist/bin/index.js'), 'node child.mjs'],
  'shelljs.exec': () => ['-e', "require('shelljs').exec('node child.mjs')"],
  turbo: () => [modules('turbo/bin/turbo'), 'run', 'start', '--env-mode=loose', '--no-cache'],
};

const nodes = await findNodes(testedMajors());

describe.each(nodes)('on Node $major', ({ major, node }) => {
  if (node === undefined) return it.skip('is not there');
  let env: Record<string, string>;

  beforeAll(async () => {
    const folder = join(bin, String(major));
    await mkdir(folder);
    await symlink(node, join(folder, 'node'));
    const PATH = `${folder}:${tree.folder}/node_modules/.bin:${process.env.PATH}`;
    env = { PATH, TURBO_TELEMETRY_DISABLED: '1', CI: '1', NO_UPDATE_NOTIFIER: '1' };
  });

  it.each([
    ['throws.ts', 'RangeError'],
    ['throws-own.ts', String.raw`OutOfStock \[Error\]`],
  ])('ts-node, which prints the fatal exception of %s in the place of Node', async (file, name) => {
    const options = ['--transpile-only', '--compiler-options', '{"module":"commonjs"}'];
    const args = [modules('ts-node/dist/bin.js'), ...options, file];
    const { ended, rows } = await tree.run({ node, args, env, flag: '--require', count: 2 });
    expect(ended.code).toBe(1);
    // The line of the program, which ts-node shows, and the exception.
    expect(rows.map(({ level }) => level).sort()).toEqual(['ERROR', 'FATAL']);
    const message = expect.stringMatching(`^${name}: order 17 is out of stock\n {4}at `);
    expect(rows.find(({ level }) => level === 'FATAL')?._msg).toEqual(message);
  });

  it.each(['--import', '--require'])('ts-node, with %s of anything', async (flag) => {
    await writeFile(
      join(tree.folder, 'names.ts'),
      "import { name } from './name';\nconsole.log(name);\n",
    );
    await writeFile(join(tree.folder, 'name.ts'), "export const name: string = 'a name';\n");
    const nothing = flag === '--import' ? 'data:text/javascript,' : 'node:fs';
    const args = [flag, nothing, '--require', 'ts-node/register/transpile-only', 'names.ts'];
    const ofTsNode = { ...env, TS_NODE_COMPILER_OPTIONS: '{"module":"commonjs"}' };
    const printed = await runCommand(node, args, { cwd: tree.folder, env: ofTsNode }).catch(String);
    expect(printed).toMatch(flag === '--import' ? /ERR_(?:UNKNOWN_FILE|MODULE_NOT)/ : /^a name\n$/);
  });

  it.each(FLAGS)('ts-node in a thread with flags of its own, with %s', async (flag) => {
    // Node itself does not run an enum.
    const text = "enum Item { Book = 'book' }\nconsole.warn('the thread has a', Item.Book);\n";
    await writeFile(join(tree.folder, 'thread.ts'), text);
    const execArgv = ['--require', 'ts-node/register/transpile-only'];
    const ofThread = { TS_NODE_COMPILER_OPTIONS: '{"module":"commonjs"}' };
    const options = JSON.stringify({ env: ofThread, execArgv });
    const program = `new (require('node:worker_threads').Worker)('./thread.ts', ${options})`;
    const { ended, rows } = await tree.run({ node, args: ['-e', program], env, flag, count: 1 });
    expect(ended).toMatchObject({ code: 0, stderr: 'the thread has a book\n' });
    expect(rows).toMatchObject([{ _msg: 'the thread has a book', level: 'WARN' }]);
  });

  it.each(pairsOf(Object.keys(RUNNERS), FLAGS))('%s, with %s', async (name, flag) => {
    const args = RUNNERS[name]?.() ?? [];
    const { ended, rows } = await tree.run({ node, args, env, flag, ...CHILDS });
    expect(ended).toMatchObject({ code: 0 });
    expect(messagesOf(rows.filter(isChilds))).toEqual(CHILD);
  });

  it.each(pairsOf(['nodemon'], FLAGS))('%s, with %s', async (_, flag) => {
    let stop = () => {};
    const args = [modules('nodemon/bin/nodemon.js'), '--quiet', 'child.mjs'];
    const { rows } = await tree.run({
      ...{ node, args, env, flag, ...CHILDS },
      onStart: (child) => {
        stop = () => child.kill('SIGTERM');
      },
      whenThere: async () => stop(),
    });
    expect(messagesOf(rows.filter(isChilds))).toEqual(CHILD);
  });

  it.each(pairsOf(['fork', 'cluster'], FLAGS))(
    'pm2-runtime, %s mode, with %s',
    async (mode, flag) => {
      const PM2_HOME = await mkdtemp(join(tmpdir(), 'direct-logging-pm2-'));
      const instances = mode === 'cluster' ? ['-i', '1'] : [];
      let stop = () => {};
      const { rows } = await tree.run({
        ...{ node, flag, ...CHILDS },
        args: [modules('pm2/bin/pm2-runtime'), 'start', 'stays.mjs', ...instances],
        env: { ...env, PM2_HOME },
        onStart: (child) => {
          stop = () => child.kill('SIGTERM');
        },
        whenThere: async () => stop(),
      });
      await rm(PM2_HOME, { recursive: true, force: true });
      // In cluster mode, the program gets the arguments of pm2, and prints the first one.
      const messages = messagesOf(rows.filter(isChilds));
      expect(messages.map((text) => text.replace('laststart', 'last'))).toEqual(CHILD);
    },
  );

  it.each(pairsOf(['fork', 'cluster'], FLAGS))('pm2, %s mode, with %s', async (mode, flag) => {
    const PM2_HOME = await mkdtemp(join(tmpdir(), 'direct-logging-pm2-'));
    const pm2 = modules('pm2/bin/pm2');
    const once = ['--no-autorestart', ...(mode === 'cluster' ? ['-i', '1'] : [])];
    try {
      const args = [pm2, 'start', 'stays.mjs', ...once];
      const { rows } = await tree.run({
        node,
        args,
        env: { ...env, PM2_HOME },
        flag,
        ...CHILDS,
      });
      expect(messagesOf(rows.filter(isChilds))).toEqual(CHILD);
    } finally {
      const pm2Env = { ...bareEnvironment(), ...env, PM2_HOME, NODE_OPTIONS: '' };
      await runCommand(node, [join(tree.folder, pm2), 'kill'], { env: pm2Env });
      await rm(PM2_HOME, { recursive: true, force: true });
    }
  });
});

/** The lines of the child by what they begin with; a label or the name of a package before them makes them another text. */
const CHILDS = { count: CHILD.length, filter: '(_msg:~"^child: " or _msg:="the same")' };

function isChilds({ _msg = '' }: Row): boolean {
  return _msg.startsWith('child: ') || _msg === 'the same';
}
