/** Packages of a folder with a lockfile of its own, which is no part of `npm ci`: installed in the cache on first need. */
import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from './cache.ts';
import { npm } from './npm.ts';
import { during, type Say, sayOnStderr } from './progress.ts';

const FOLDERS = fileURLToPath(new URL('../locked-packages/', import.meta.url));

/** What to install. */
export interface LockedPackages {
  /** What the cache calls them. */
  readonly name: string;
  /** Has package.json and package-lock.json. Default: the folder of this name in `test-e2e/locked-packages/`. */
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
export async function lockedPackages(packages: LockedPackages): Promise<string> {
  const { name, what, kind, finish, say = sayOnStderr } = packages;
  const from = packages.folder ?? join(FOLDERS, name);
  const lockfile = await readFile(join(from, 'package-lock.json'));
  const version = createHash('sha256').update(lockfile).digest('hex').slice(0, 12);
  const folder = await cached(`${name}/${[version, kind].filter(Boolean).join('-')}`, (building) =>
    during(say, `Installing ${what} from npm, once`, async () => {
      for (const file of ['package.json', 'package-lock.json']) {
        await copyFile(join(from, file), join(building, file));
      }
      await npm(['ci', '--ignore-scripts'], building);
      await finish?.(join(building, 'node_modules'));
    }),
  );
  return join(folder, 'node_modules');
}
