/** The packages to compare with, pinned in `bench/peers`. */
import { fileURLToPath } from 'node:url';
import { pinnedPackages } from '../../test-e2e/environment/pinned-packages.ts';

/** Installs them on the first run. Returns the path of their `node_modules`. */
export function installPeers(): Promise<string> {
  return pinnedPackages({
    name: 'peers',
    folder: fileURLToPath(new URL('../peers/', import.meta.url)),
    what: 'the packages to compare with',
  });
}
