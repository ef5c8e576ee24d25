/** The packages of others, from the lockfile in `bench/peers`: installed into the cache folder on the first run. */
import { createHash } from 'node:crypto';
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../../test-e2e/environment/cache.ts';
import { npm } from '../../test-e2e/environment/npm.ts';
import { during, sayOnStderr } from '../../test-e2e/environment/progress.ts';

const PEERS = fileURLToPath(new URL('../peers/', import.meta.url));

/** The folder they are installed in. */
export async function installPeers(): Promise<string> {
  const lockfile = await readFile(join(PEERS, 'package-lock.json'));
  const version = createHash('sha256').update(lockfile).digest('hex').slice(0, 12);
  return cached(`peers/${version}`, (building) =>
    during(sayOnStderr, 'Installing the packages to compare with from npm, once', async () => {
      for (const name of ['package.json', 'package-lock.json']) {
        await copyFile(join(PEERS, name), join(building, name));
      }
      await npm(['ci', '--ignore-scripts'], building);
    }),
  );
}
