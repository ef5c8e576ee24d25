/** The workflows of GitHub, as actionlint reads them, what they name, and what they install. */
import { readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { goProgram, hasGo } from '../environment/go-program.ts';
import { sayMissing } from '../environment/missing.ts';
import { NODE_MAJORS, nodeBinary } from '../environment/nodes.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { tryCommand } from '../environment/run-command.ts';

const VERSION = 'v1.7.12';
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, '.github/workflows');

const texts = readdirSync(FOLDER).map((name) => readFileSync(join(FOLDER, name), 'utf8'));
const canBuild = await hasGo();
if (!canBuild) {
  sayMissing(
    'The workflows are not checked by actionlint: there is no Go here',
    'Install Go (https://go.dev/dl).',
  );
}

it.skipIf(!canBuild)('have nothing that actionlint finds', { timeout: 300_000 }, async () => {
  const folder = await goProgram({
    name: `actionlint/${VERSION}`,
    what: 'actionlint',
    program: `github.com/rhysd/actionlint/cmd/actionlint@${VERSION}`,
    say: sayOnStderr,
  });
  const { code, stdout } = await tryCommand(join(folder, 'actionlint'), ['-no-color'], {
    cwd: ROOT,
  });
  expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
});

it('run the tests on every Node that is supported', () => {
  expect(texts.join('\n')).toContain(`node: [${NODE_MAJORS.join(', ')}]`);
});

it('install nothing that the oldest of them does not support', { timeout: 120_000 }, async () => {
  const oldest = dirname(await nodeBinary(NODE_MAJORS[0]));
  const args = [
    'ci',
    '--dry-run',
    '--engine-strict',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
  ];
  const PATH = [oldest, process.env.PATH].join(delimiter);
  const { code, stderr } = await tryCommand('npm', args, { cwd: ROOT, env: { PATH } });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.not.stringContaining('EBADENGINE') });
});

it('run scripts that are there', () => {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const named = texts.flatMap((text) => [...text.matchAll(/npm run ([\w:-]+)/g)]);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter(([, name = '']) => scripts[name] === undefined)).toEqual([]);
});
