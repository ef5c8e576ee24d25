/** A project of a user: our packages installed from the tarballs that would be published, in a folder of its own. */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from './cache.ts';
import { undoAtExit } from './cleanup.ts';
import { npm } from './npm.ts';
import { installPinned, PINNED_BEFORE } from './pinned-packages.ts';
import { during, type Say, sayOnStderr } from './progress.ts';
import { runCommand, tryCommand } from './run-command.ts';

/** What the project has. */
export interface ScratchOptions {
  readonly say?: Say | undefined;
  /** Whether our packages are installed. Default: true. */
  readonly withOurs?: boolean | undefined;
  /** Installed beside our packages, by version: `{ pino: '9.14.0' }`. Default: nothing. */
  readonly dependencies?: Readonly<Record<string, string>> | undefined;
  /** The folder of `test-e2e/pinned-packages/` whose packages are installed beside ours. Default: none. */
  readonly pinned?: string | undefined;
  /** Whether `node_modules` is a link to what others use, too, or a copy: some tools follow links out of a project. Default: false. */
  readonly copied?: boolean | undefined;
  /** Files and folders copied into it, by their path in it. */
  readonly files?: Readonly<Record<string, string>> | undefined;
}

/** The project. */
export interface ScratchProject {
  /** Its folder, for `cwd`. It may be written to. */
  readonly folder: string;
  /** The installed packages; shared with other runs, not to be written to. */
  readonly nodeModules: string;
  remove(): Promise<void>;
}

/** Loggers that many projects have, and their versions. */
export const LOGGERS = { pino: '10.4.0', winston: '3.19.0' };

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PINNED = fileURLToPath(new URL('../pinned-packages/', import.meta.url));

/** Packs the built packages, installs them (from the cache when nothing has changed) and makes the folder. */
export async function scratchProject(options: ScratchOptions = {}): Promise<ScratchProject> {
  const nodeModules = join(await installed(options), 'node_modules');
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-project-'));
  const forget = undoAtExit(() => rmSync(folder, { recursive: true, force: true }));
  await (options.copied ? copyTree : symlink)(nodeModules, join(folder, 'node_modules'));
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  for (const [to, from] of Object.entries(options.files ?? {})) {
    await mkdir(dirname(join(folder, to)), { recursive: true });
    await copyFile(from, join(folder, to));
  }
  return {
    folder,
    nodeModules,
    async remove() {
      await rm(folder, { recursive: true, force: true });
      forget();
    },
  };
}

/** With hard links where the file system has them, since some trees are large. */
async function copyTree(from: string, to: string): Promise<void> {
  const { code } = await tryCommand('cp', ['-al', from, to]);
  if (code === 0) return;
  await rm(to, { recursive: true, force: true });
  await runCommand('cp', ['-a', from, to]);
}

async function installed(options: ScratchOptions): Promise<string> {
  const tarballs = options.withOurs === false ? [] : await packAll();
  const { pinned } = options;
  const theirs = pinned === undefined ? {} : await dependenciesIn(join(PINNED, pinned));
  const manifest = JSON.stringify(
    await manifestFor(tarballs, { ...theirs, ...options.dependencies }),
  );
  const beside = pinned === undefined ? '' : ` beside ${pinned}`;
  return cached(
    `projects${pinned ? `-${pinned}` : ''}/${await hashOf(PINNED_BEFORE + manifest, tarballs)}`,
    (building) =>
      during(options.say ?? sayOnStderr, `Installing the packed packages${beside}`, () =>
        install(building, manifest, tarballs),
      ),
  );
}

/** Packs our packages, once for what is built: npm takes a second. The same content gives the same bytes. */
async function packAll(): Promise<string[]> {
  const packages = join(ROOT, 'packages');
  const published = (await readdir(packages)).map((name) => join(packages, name));
  const files = await Promise.all(published.map(filesOf));
  const folder = await cached(`packed/${await hashOf('', files.flat())}`, async (building) => {
    const pack = ['pack', '--silent', '--ignore-scripts', `--pack-destination=${building}`];
    await npm([...pack, ...published], ROOT);
  });
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

/** What npm may pack of a package: all in `dist`, and the files beside it. */
async function filesOf(folder: string): Promise<string[]> {
  const dist = await readdir(join(folder, 'dist'), { recursive: true, withFileTypes: true });
  const beside = await readdir(folder, { withFileTypes: true });
  return [...dist, ...beside]
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .sort();
}

async function dependenciesIn(folder: string): Promise<Record<string, string>> {
  return JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')).dependencies;
}

async function manifestFor(
  tarballs: readonly string[],
  dependencies: Readonly<Record<string, string>>,
): Promise<object> {
  const ours: Record<string, string> = {};
  const overrides: Record<string, string> = {};
  for (const tarball of tarballs) {
    const name = basename(tarball)
      .replace(/-\d+\.\d+\.\d+.*\.tgz$/, '')
      .replace(/^direct-logging-/, '@direct-logging/');
    ours[name] = `file:tarballs/${basename(tarball)}`;
    // What one of ours depends on is this tarball too, never the registry's.
    overrides[name] = `$${name}`;
  }
  return { private: true, dependencies: { ...dependencies, ...ours }, overrides };
}

async function hashOf(text: string, files: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(text);
  for (const file of files) hash.update(basename(file)).update(await readFile(file));
  return hash.digest('hex').slice(0, 16);
}

async function install(
  folder: string,
  manifest: string,
  tarballs: readonly string[],
): Promise<void> {
  await mkdir(join(folder, 'tarballs'));
  for (const tarball of tarballs)
    await copyFile(tarball, join(folder, 'tarballs', basename(tarball)));
  await writeFile(join(folder, 'package.json'), manifest);
  await installPinned(folder, ['--prefer-offline']);
}
