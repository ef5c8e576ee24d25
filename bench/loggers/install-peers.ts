/** The packages to compare with, from the lockfile in `bench/peers`. */
import { fileURLToPath } from 'node:url';
import { lockedPackages } from '../../test-e2e/environment/locked-packages.ts';

/** Installs them on the first run. Returns the path of their `node_modules`. */
export function installPeers(): Promise<string> {
  return lockedPackages({
    name: 'peers',
    folder: fileURLToPath(new URL('../peers/', import.meta.url)),
    what: 'the packages to compare with',
  });
}
