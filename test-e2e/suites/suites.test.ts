/** The tests that packages and Node have for themselves come to the same results under the preload as without it. */
import { randomUUID } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, realpath, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { cached } from '../environment/cache.ts';
import { type DebianSource, unpackDebianSource } from '../environment/debian-packages.ts';
import { isFullRun } from '../environment/extent.ts';
import { testProject, testServer } from '../environment/for-tests.ts';
import { nodeBinary } from '../environment/nodes.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { during, sayOnStderr } from '../environment/progress.ts';
import { compare } from './compare.ts';
import { nodeTest, programs } from './runners.ts';
import { SUITES, type Suite } from './suites.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures/', import.meta.url));
const BARE = fileURLToPath(new URL('../capture/fixtures/bare.mjs', import.meta.url));
const TIMEOUT_MS = 3_600_000;

const server = testServer();
const project = testProject();
/** The packages as in their repositories: outside of a folder that is called node_modules, which some tests look at. */
let folder: string;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'direct-logging-suites-')));
});
afterAll(async () => {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
});

const suites = SUITES.filter(({ quick }) => isFullRun() || quick);

it.for(suites)('$name', { timeout: TIMEOUT_MS }, async (suite, { skip }) => {
  const source = await sourceOf(suite);
  if (source instanceof Error) {
    sayOnStderr(`The tests of ${suite.name} are skipped: ${source.message}`);
    return skip(source.message);
  }
  const unpacked = await unpack(suite, source);
  const node = suite.nodeMajor === undefined ? process.execPath : await nodeBinary(suite.nodeMajor);
  const files = await filesOf(suite, unpacked);
  const job = `suites-${randomUUID()}`;
  const shipped = preload(join(project.nodeModules, 'direct-logging/dist/import.js'), {
    VICTORIALOGS_URL: server.url,
    VICTORIALOGS_JOB: job,
    LOG_LEVEL: 'TRACE',
  });
  const envs = { bare: preload(BARE), shipped };
  const { different, passed } = await compare(
    suite.runner,
    { folder: unpacked, node, files },
    envs,
  );
  expect(different).toEqual([]);
  sayOnStderr(`${suite.name}: ${passed} tests pass with direct-logging as without direct-logging`);
  expect(passed).toBeGreaterThan(10);
  await server.queryWhen(`job:="${job}"`, 1);
});

it.each([
  { runner: nodeTest(), name: "Node's runner" },
  { runner: programs(undefined), name: 'programs' },
])('a preload that changes what is printed is noticed: $name', async ({ runner }) => {
  const envs = { bare: preload(BARE), shipped: preload(join(FIXTURES, 'shouts.mjs')) };
  const run = { folder: FIXTURES, node: process.execPath, files: ['prints.test.mjs'] };
  const { different, passed } = await compare(runner, run, envs);
  expect(different).toContainEqual(
    expect.stringMatching(/^prints\.test\.mjs .* with direct-logging$/),
  );
  expect(passed).toBeGreaterThan(0);
});

function preload(path: string, env: Record<string, string> = {}): Record<string, string> {
  return { NODE_OPTIONS: `--import ${pathToFileURL(path).href}`, ...env };
}

/** The folder with the tests that the package leaves out; undefined if it has them, and why if they can't be had. */
async function sourceOf({ debian }: Suite): Promise<string | Error | undefined> {
  if (debian === undefined) return undefined;
  return unpackedSource(debian).catch((error: Error) => error);
}

function unpackedSource(source: DebianSource): Promise<string> {
  return cached(`debian-sources/${source.name}-${source.release}`, (building) =>
    during(sayOnStderr, `Fetching the source of ${source.name} from Debian, once`, () =>
      unpackDebianSource(source, building),
    ),
  );
}

async function unpack(suite: Suite, source: string | undefined): Promise<string> {
  const nodeModules = await pinnedPackages({
    name: suite.packages,
    what: 'packages with their own tests',
  });
  const parent = join(folder, randomUUID());
  const unpacked = join(parent, suite.name.replace(/:.*/, ''));
  await mkdir(unpacked, { recursive: true });
  await symlink(nodeModules, join(parent, 'node_modules'));
  for (const from of [join(nodeModules, suite.name), source]) {
    if (from === undefined) continue;
    await cp(from, unpacked, { recursive: true, force: true }).catch(ignoreMissing);
  }
  if (suite.name === 'winston') {
    await mkdir(join(unpacked, 'test/helpers'));
    await cp(join(FIXTURES, 'winston-helpers.cjs'), join(unpacked, 'test/helpers/index.js'));
  }
  return unpacked;
}

async function filesOf(suite: Suite, unpacked: string): Promise<string[]> {
  const all = await readdir(unpacked, { recursive: true });
  const wanted = all.filter((name) => suite.files.test(name)).sort();
  if (!isFullRun()) return wanted.filter((name) => suite.quick?.test(name));
  const left = wanted.filter((name) => suite.without?.files.test(name));
  if (left.length > 0) sayOnStderr(`${suite.name}, left out: ${left} (${suite.without?.why})`);
  return wanted.filter((name) => !left.includes(name));
}

/** Node is no package. */
function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
