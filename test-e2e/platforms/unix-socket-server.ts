/**
 * A VictoriaLogs that listens on a unix socket. The release that the other tests run against has the HTTP server of an
 * older VictoriaMetrics, which can't: this one is built of the same release with a newer HTTP server (`unix-socket-server/`).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { goProgram, hasGo } from '../environment/go-program.ts';
import { sayOnStderr } from '../environment/progress.ts';
import type { Server } from '../environment/victorialogs-options.ts';
import { processServer } from '../environment/victorialogs-process.ts';
import { type Queries, queriesTo } from '../environment/victorialogs-queries.ts';

const MODULE = fileURLToPath(new URL('./unix-socket-server/', import.meta.url));
const VERSIONS = 'VictoriaLogs v1.52.1 with the HTTP server of VictoriaMetrics v1.151.0';

/** The server; `url` is its TCP address, for questions. */
export interface UnixSocketServer extends Server, Queries {
  /** Path of the socket. */
  readonly socketPath: string;
}

/** Its program, built on the first call; undefined where there is no Go, which is said. */
export async function unixSocketProgram(): Promise<string | undefined> {
  if (!(await hasGo())) {
    sayOnStderr('Skipped, unix sockets: there is no Go to build a server that listens on one.');
    return undefined;
  }
  const folder = await goProgram({
    name: 'victoria-logs-unix-socket/v1.52.1-v1.151.0',
    what: VERSIONS,
    program: 'github.com/VictoriaMetrics/VictoriaLogs/app/victoria-logs',
    module: MODULE,
    say: sayOnStderr,
  });
  return join(folder, 'victoria-logs');
}

/** Starts it with these flags beside those that name its addresses. */
export async function startUnixSocketServer(
  program: string,
  args: readonly string[] = [],
): Promise<UnixSocketServer> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-socket-'));
  const socketPath = join(folder, 'vl.sock');
  const all = [`-httpListenAddr=unix:${socketPath}`, ...args];
  const server = await processServer(program, { args: all });
  return {
    ...server,
    ...queriesTo(server.url),
    socketPath,
    async discard() {
      await server.discard();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
