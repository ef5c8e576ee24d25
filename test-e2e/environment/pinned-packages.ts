/**
 * Tools that tests need and `npm ci` does not install: installed in the cache when first needed.
 *
 * Their package.json pins each of them; `npm install --before` pins what they depend on, so that the folders need no lockfile.
 */
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from './cache.ts';
import { npm } from './npm.ts';
import { during, type Say, sayOnStderr } from './progress.ts';

/**
 * Only versions that were published before this moment are installed. Move it forward to update what the tools depend on, to a day
 * that is a week ago: malicious versions are mostly found within hours.
 */
export const PINNED_BEFORE = '2026-11-27T00:00:00Z';

const FOLDERS = fileURLToPath(new URL('../pinned-packages/', import.meta.url));

/** What to install. */
export interface PinnedPackages {
  /** What the cache calls them. */
  readonly name: string;
  /** Has the package.json. Default: the folder of this name in `test-e2e/pinned-packages/`. */
  readonly folder?: string;
  /** `the AWS SDK`. */
  readonly what: string;
  /** What `finish` makes of them, where it is not the same everywhere. */
  readonly kind?: string;
  /** Called with the new `node_modules`, before anybody else sees them. */
  readonly finish?: (nodeModules: string) => Promise<void>;
  readonly say?: Say;
}

/** The path of their `node_modules`, which is not to be written to. No script of theirs is run. */
export async function pinnedPackages(packages: PinnedPackages): Promise<string> {
  const { name, what, kind, finish, say = sayOnStderr } = packages;
  const from = packages.folder ?? join(FOLDERS, name);
  const manifest = await readFile(join(from, 'package.json'));
  const version = createHash('sha256')
    .update(PINNED_BEFORE)
    .update(manifest)
    .digest('hex')
    .slice(0, 12);
  const folder = await cached(`${name}/${[version, kind].filter(Boolean).join('-')}`, (building) =>
    during(say, `Installing ${what} from npm, once`, async () => {
      await writeFile(join(building, 'package.json'), manifest);
      await installPinned(building);
      await finish?.(join(building, 'node_modules'));
    }),
  );
  return join(folder, 'node_modules');
}

/** Installs what the package.json of the folder names, without running scripts. */
export async function installPinned(
  folder: string,
  options: readonly string[] = [],
): Promise<void> {
  await npm(
    ['install', `--before=${PINNED_BEFORE}`, '--no-package-lock', '--ignore-scripts', ...options],
    folder,
  );
}
