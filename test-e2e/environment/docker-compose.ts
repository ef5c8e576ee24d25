/** Docker Compose, from Debian's package. */
import { join } from 'node:path';
import { cached } from './cache.ts';
import { unpackDebianPackages } from './debian-packages.ts';

/** The folder with `docker-compose`, which is a plugin of `docker` and a program by itself. */
export async function dockerComposeFolder(): Promise<string> {
  const unpacked = await cached('docker-compose/trixie', (building) =>
    unpackDebianPackages(['docker-compose'], building),
  );
  return join(unpacked, 'usr/libexec/docker/cli-plugins');
}
