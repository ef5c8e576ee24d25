/** A network in which the server is a round trip away: on one machine, a connection is made at once. */
import { accessSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goProgram, hasGo } from './go-program.ts';
import { sayMissing } from './missing.ts';
import { sayOnStderr } from './progress.ts';
import { commandWorks } from './run-command.ts';

const MODULE = fileURLToPath(new URL('./slow-network/', import.meta.url));

/** Where a program in the slow network finds the server, and at the three addresses that follow. */
export const SERVER_IN_SLOW_NETWORK = 'http://198.18.0.2:9428';

/**
 * The program `slow-network DELAY HOST:PORT COMMAND…`, which runs a command in such a network, in front of the server at this address.
 * Undefined where there can be none, which is said.
 */
export async function slowNetwork(): Promise<string | undefined> {
  if (!(await canHaveNetworks()) || !(await hasGo())) {
    const remedy = 'They need Linux, root, /dev/net/tun, the command `ip`, and Go.';
    sayMissing('Tests with a server that is a round trip away are skipped', remedy);
    return undefined;
  }
  const folder = await goProgram({
    name: 'slow-network/v2',
    what: 'a slow network',
    program: '.',
    module: MODULE,
    say: sayOnStderr,
  });
  return join(folder, 'slow-network');
}

async function canHaveNetworks(): Promise<boolean> {
  try {
    accessSync('/dev/net/tun');
  } catch {
    return false;
  }
  return commandWorks('unshare', ['--net', 'ip', 'link']);
}
