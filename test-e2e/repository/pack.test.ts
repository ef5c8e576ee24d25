/**
 * The packages can be used from a clone, before they are on npm. The same commit gives the same packages, byte for byte, wherever it is
 * built: anyone can check what is on npm.
 */
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, it } from 'vitest';
import { testFolder, testServer } from '../environment/for-tests.ts';
import { npm } from '../environment/npm.ts';
import { runCommand } from '../environment/run-command.ts';
import { runProgram } from '../environment/run-program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const server = testServer();
const folder = testFolder('pack');
/** What the tests themselves run, and the command that is printed for it. */
let packed: string;
let printed: string;

beforeAll(async () => {
  packed = join(folder, 'packed');
  const args = ['scripts/pack.ts', packed];
  printed = await runCommand(process.execPath, args, { cwd: ROOT, timeoutMs: 600_000 });
});

/** What git has of this tree, with the dependencies that are installed, but nothing that was built. */
async function cleanTree(name: string): Promise<string> {
  const tree = join(folder, name, 'direct-logging');
  const listed = await runCommand('git', ['ls-files', '-z', '--cached'], { cwd: ROOT });
  for (const path of listed.trim().split('\0')) {
    const isOurs = /^(?:packages|apps|scripts)\//.test(path) || !path.includes('/');
    if (path === '' || !isOurs) continue;
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await cp(join(ROOT, path), join(tree, path));
  }
  const modules = join(tree, 'node_modules');
  await mkdir(join(modules, '@direct-logging'), { recursive: true });
  for (const entry of await readdir(join(ROOT, 'node_modules'))) {
    if (entry === '@direct-logging' || entry === 'direct-logging') continue;
    if (entry.startsWith('.') && entry !== '.bin') continue;
    await symlink(join(ROOT, 'node_modules', entry), join(modules, entry));
  }
  for (const entry of await readdir(join(tree, 'packages'))) {
    const manifest = await readFile(join(tree, 'packages', entry, 'package.json'), 'utf8');
    await symlink(join(tree, 'packages', entry), join(modules, JSON.parse(manifest).name));
  }
  return tree;
}

async function built(tree: string): Promise<string> {
  // Not through `npm exec`: inside another one, npm refuses it.
  const turbo = join(tree, 'node_modules/.bin/turbo');
  const args = ['run', 'build', '--force', '--no-daemon', '--filter=./packages/*'];
  await runCommand(turbo, args, { cwd: tree, timeoutMs: 600_000 });
  return tree;
}

/** What is built there. A build from turbo's cache leaves what an earlier one has made; `npm run build -- --force` removes it. */
async function builtIn(tree: string): Promise<string[]> {
  const packages = join(tree, 'packages');
  const dists = (await readdir(packages)).map(async (name) => {
    const paths = await readdir(join(packages, name, 'dist'), { recursive: true });
    return paths.map((path) => `${name}/dist/${path}`);
  });
  return (await Promise.all(dists)).flat().sort();
}

/** By the names of the packages' files, without the number that orders them. */
async function sumsIn(folder: string): Promise<Map<string, string>> {
  const sums = await readFile(join(folder, 'SHA256SUMS'), 'utf8');
  const packages = sums.matchAll(/^(\w+) {2}\d+-(.+\.tgz)$/gm);
  return new Map(Array.from(packages, ([, sum = '', name = '']) => [name, sum]));
}

it('a build in another folder is packed to the same bytes', { timeout: 1_200_000 }, async () => {
  const sums = await sumsIn(packed);
  expect(sums.size).toBeGreaterThan(7);
  expect([...sums.keys()].at(-1)).toMatch(/^direct-logging-\d/);
  const tree = await built(await cleanTree('another/one'));
  const advice = 'dist has files of an earlier build: run `npm run build -- --force`';
  expect(await builtIn(ROOT), advice).toEqual(await builtIn(tree));
  // Without the bill of materials, which has a serial number and a time.
  const folders = (await readdir(join(tree, 'packages'))).map((name) => `./packages/${name}`);
  const files = (await npm(['pack', '--silent', '--ignore-scripts', ...folders], tree)).trim();
  const bytes = files.split('\n').map(async (file): Promise<[string, string]> => {
    const hash = createHash('sha256').update(await readFile(join(tree, file)));
    return [file, hash.digest('hex')];
  });
  expect(new Map(await Promise.all(bytes))).toEqual(sums);
});

it('the printed command installs what works', { timeout: 600_000 }, async () => {
  const app = join(folder, 'app');
  await mkdir(app);
  await writeFile(join(app, 'package.json'), '{ "private": true }\n');
  await writeFile(join(app, 'app.js'), "console.log('it works');\n");
  const cache = '--prefer-offline --no-audit --no-fund';
  await runCommand('sh', ['-ec', `${printed.trim()} ${cache}`], { cwd: app });
  const env = { VICTORIALOGS_URL: server.url, VICTORIALOGS_JOB: 'packed' };
  const args = ['--import', 'direct-logging', 'app.js'];
  const { code, stderr } = await runProgram({ args, cwd: app, env });
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(await server.queryWhen('job:=packed', 1)).toMatchObject([{ _msg: 'it works' }]);
});
