/** A real VictoriaLogs for demo and tests: whichever way this machine has one, with its own port and data. */
import { engineVersion } from './docker.ts';
import { ensureVictoriaLogsImage } from './images.ts';
import { type Say, sayOnStderr } from './progress.ts';
import {
  buildVictoriaLogs,
  findVictoriaLogs,
  type VictoriaLogsBinary,
} from './victorialogs-binary.ts';
import { containerServer } from './victorialogs-container.ts';
import type { Server, ServerEnd, VictoriaLogsOptions } from './victorialogs-options.ts';
import { processServer } from './victorialogs-process.ts';
import { makeReady, type Queries, queriesTo, serverVersion } from './victorialogs-queries.ts';
import { VICTORIALOGS_IMAGE, VICTORIALOGS_VERSION } from './victorialogs-version.ts';

/** A running VictoriaLogs. */
export interface VictoriaLogs extends Queries {
  readonly url: string;
  readonly containerUrl?: string | undefined;
  /** What the server is, in a few words: `container victoriametrics/victoria-logs:v1.52.1`. */
  readonly how: string;
  readonly version: string;
  /** The binary that runs; undefined when the server is a container or was given by its address. */
  readonly binary?: string | undefined;
  /** Whether it was started here. One that was given by its address goes on after `stop()`. */
  readonly ours: boolean;
  /** Ends it (SIGTERM) and removes its data, or keeps both address and data for `restart()`. */
  stop(options?: {
    readonly signal?: NodeJS.Signals;
    readonly keepData?: boolean;
  }): Promise<ServerEnd>;
  /** SIGSTOP: it does nothing until it is continued, and its connections stay. */
  freeze(): Promise<void>;
  /** SIGCONT. */
  unfreeze(): Promise<void>;
  /** SIGKILL. The data stay for `restart()`. */
  kill(): Promise<ServerEnd>;
  /** After `kill()` or `stop({ keepData: true })`: the same address, the same data. */
  restart(): Promise<void>;
}

/**
 * Starts one, in this order: the address in `VICTORIALOGS_TEST_URL`, the binary in `VICTORIALOGS_BINARY` or on PATH,
 * a container, a binary built with Go. Throws with what to install when there is no way.
 */
export async function startVictoriaLogs(options: VictoriaLogsOptions = {}): Promise<VictoriaLogs> {
  const say = options.say ?? sayOnStderr;
  const server = await startOneWay(options, say);
  if (server.ours) await makeReady(server.url);
  say(`VictoriaLogs ${server.version}: ${server.how}, ${server.url}`);
  return server;
}

async function startOneWay(options: VictoriaLogsOptions, say: Say): Promise<VictoriaLogs> {
  if (options.prefer === 'container')
    return startContainer(options, await containerImage(say, true));
  const { VICTORIALOGS_TEST_URL: url } = process.env;
  if (url && !wantsOwn(options)) return useAddress(url);
  const found = await findVictoriaLogs();
  if (found) return startBinary(options, found);
  const isOfThisMachine = options.prefer === 'process' || options.dataDir !== undefined;
  const image = isOfThisMachine ? undefined : await containerImage(say, false);
  if (image) return startContainer(options, image);
  const built = await buildVictoriaLogs(say);
  if (built) return startBinary(options, built);
  throw new Error(
    'There is no VictoriaLogs to run against: install Docker (and start it) or Go, or put a `victoria-logs` binary on ' +
      'PATH, or set VICTORIALOGS_TEST_URL to the address of a running one.',
  );
}

function wantsOwn(options: VictoriaLogsOptions): boolean {
  return Boolean(options.own || options.args || options.port || options.dataDir || options.prefer);
}

async function useAddress(address: string): Promise<VictoriaLogs> {
  const url = address.replace(/\/+$/, '');
  const nobody: Server = {
    url,
    send: () => Promise.reject(new Error(`VictoriaLogs at ${url} is not ours to freeze.`)),
    end: () => Promise.reject(new Error(`VictoriaLogs at ${url} is not ours to end.`)),
    start: () => Promise.reject(new Error(`VictoriaLogs at ${url} is not ours to start.`)),
    discard: async () => {},
  };
  const server = withQueries(nobody, {
    how: 'given by VICTORIALOGS_TEST_URL',
    version: await serverVersion(url),
  });
  return { ...server, ours: false, stop: async () => ({ code: null, signal: null }) };
}

async function startBinary(
  options: VictoriaLogsOptions,
  { path, how, version }: VictoriaLogsBinary,
): Promise<VictoriaLogs> {
  return withQueries(await processServer(path, options), { how, version, binary: path });
}

async function startContainer(
  options: VictoriaLogsOptions,
  image: string | undefined,
): Promise<VictoriaLogs> {
  if (!image) throw new Error('There is no VictoriaLogs container: no Docker engine answers.');
  const server = await containerServer(image, options);
  return withQueries(server, { how: `container ${image}`, version: VICTORIALOGS_VERSION });
}

async function containerImage(say: Say, mayBuild: boolean): Promise<string | undefined> {
  if (!(await engineVersion())) return undefined;
  return (await ensureVictoriaLogsImage({ say, mayBuild })) ? VICTORIALOGS_IMAGE : undefined;
}

function withQueries(
  server: Server,
  about: { how: string; version: string; binary?: string },
): VictoriaLogs {
  return {
    ...queriesTo(server.url),
    ...about,
    ours: true,
    url: server.url,
    containerUrl: server.containerUrl,
    async stop({ signal = 'SIGTERM', keepData = false } = {}) {
      const end = await server.end(signal);
      if (!keepData) await server.discard();
      return end;
    },
    freeze: () => server.send('SIGSTOP'),
    unfreeze: () => server.send('SIGCONT'),
    kill: () => server.end('SIGKILL'),
    restart: () => server.start(),
  };
}
