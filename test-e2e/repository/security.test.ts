/** What docs/security.md says that we read, patch, listen to and write is what a program with the preload has. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram } from '../environment/run-program.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/security.md'), 'utf8');
const SETTINGS = readFileSync(join(ROOT, 'docs/settings.md'), 'utf8');
const FIXTURE = fileURLToPath(new URL('fixtures/changes.cjs', import.meta.url));

let folder: string;
interface Changes {
  readonly functions: string[];
  readonly listeners: string[];
  readonly env: string[];
}
let changes: Changes & { readonly left: Changes };

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'direct-logging-security-'));
  changes = await changesWith('http://127.0.0.1:9');
});

async function changesWith(url: string): Promise<typeof changes> {
  const to = join(folder, 'changes.json');
  const { code, stdout } = await runProgram({
    cwd: ROOT,
    args: ['--require', FIXTURE, '--require', './packages/auto/dist/index.cjs', FIXTURE],
    env: {
      ...{ CHANGES_TO: to, TMPDIR: folder, VICTORIALOGS_SPOOL_DIR: join(folder, 'spool') },
      ...{ VICTORIALOGS_URL: url, VICTORIALOGS_TLS_WRITE_THROUGH: '0' },
    },
  });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'printed\n' });
  return JSON.parse(readFileSync(to, 'utf8'));
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is in backticks in the first cells of the table below a heading. */
function firstCells(heading: string): string[] {
  const [, section = ''] = PAGE.split(`\n### ${heading}\n`);
  const [table = ''] = section.split(/\n###? /);
  const cells = [...table.matchAll(/^\| ([^|]*) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text));
}

it('names tests that there are', () => {
  const tests = ['packages', 'test-e2e'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.test.ts') && !file.includes('node_modules'))
      .map((file) => join(ROOT, folder, file)),
  );
  const named = [...PAGE.matchAll(/`([\w.-]+\.test\.ts)`(?:, "([^"]+)")?(?:; "([^"]+)")?/g)];
  expect(named.length).toBeGreaterThan(20);
  for (const [, file = '', ...names] of named) {
    const sources = tests.filter((path) => basename(path) === file);
    const text = sources.map((path) => readFileSync(path, 'utf8')).join('\n');
    expect({ file, text }).not.toEqual({ file, text: '' });
    const parts = names.flatMap((name) => name?.split(' … ') ?? []);
    expect({ file, missing: parts.filter((part) => !text.includes(part)) }).toEqual({
      file,
      missing: [],
    });
  }
});

it('names every environment variable that the sources read', () => {
  const packages = join(ROOT, 'packages');
  const files = readdirSync(packages, { recursive: true, encoding: 'utf8' });
  const sources = files
    .filter((file) => /^[\w-]+[\\/]src[\\/].*\.ts$/.test(file))
    .map((file) => readFileSync(join(packages, file), 'utf8'))
    .join('\n');
  const read = [
    ...sources.matchAll(/\benv\)?\??\.(\w*[A-Z_]\w*)\b(?!\()/g),
    ...sources.matchAll(/'((?:VICTORIALOGS|DIRECT_LOGGING|AWS|OTEL|NODE|K|POD)_[A-Z0-9_]+)'/g),
  ].map(([, name = '']) => name);
  for (const [, names = ''] of sources.matchAll(/\{([^{}]*)\} = (?:process\.)?env;/g))
    for (const [name] of names.matchAll(/(?<=^|,)\s*\w+/g)) read.push(name.trim());
  for (const [, name] of sources.matchAll(/\bsetting\(\s*'([A-Z_]+)'/g))
    read.push(`VICTORIALOGS_${name}`);
  const named = new Set(firstCells('Environment variables'));
  for (const [, name = ''] of SETTINGS.matchAll(/`([A-Z_]+)`/g)) named.add(name);
  expect(new Set(read).size).toBeGreaterThan(30);
  expect([...new Set(read)].filter((name) => !named.has(name))).toEqual([]);
});

it('names every function that another one takes the place of', () => {
  expect(changes.functions.length).toBeGreaterThan(10);
  expect(changes.functions.sort()).toEqual(firstCells('Patches').sort());
});

it('names every listener, and the variable that is set for child processes', () => {
  const names = changes.listeners.map((line) => line.split(' ')[0]);
  expect(names.length).toBeGreaterThan(2);
  expect(names.filter((name) => !firstCells('Listeners').includes(name ?? ''))).toEqual([]);
  expect(changes.env.filter((name) => !firstCells('Environment variables').includes(name))).toEqual(
    [],
  );
});

it('names what stays after the rest was undone', async () => {
  const namesOf = ({ functions, listeners, env }: Changes) =>
    [...functions, ...listeners.map((line) => line.split(' ')[0]), ...env].sort();
  const named = firstCells('What stays');
  const always = named.slice(0, 7);
  expect(namesOf(changes.left)).toEqual(always.sort());
  expect(namesOf((await changesWith('https://127.0.0.1:9')).left)).toEqual(named.sort());
});

it.skipIf(process.platform === 'win32')(
  'leaves files that only their owner can open, in folders that nobody else can change',
  () => {
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const ours = paths.filter((path) => path !== 'changes.json');
    expect(ours).toContain('spool');
    for (const path of ours) {
      const stat = statSync(join(folder, path));
      const forbidden = stat.isDirectory() ? 0o022 : 0o077;
      expect([path, stat.mode & forbidden]).toEqual([path, 0]);
    }
  },
);
