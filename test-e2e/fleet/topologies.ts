/** The arrangements of servers that a fleet sends to, as `docs/fleet.md` describes them, each of real programs. */
import { rmSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { undoAtExit } from '../environment/cleanup.ts';
import { sayOnStderr } from '../environment/progress.ts';
import { tryCommand } from '../environment/run-command.ts';
import {
  VMAUTH_LTS_VERSION,
  VMAUTH_VERSION,
  vlagentProgram,
  vlagentWithUnixSockets,
  vmauthProgram,
} from '../environment/victoria-programs.ts';
import { buildVictoriaLogs, findVictoriaLogs } from '../environment/victorialogs-binary.ts';
import type { Server } from '../environment/victorialogs-options.ts';
import { freePort, processServer, startProcess } from '../environment/victorialogs-process.ts';
import { type Queries, queriesTo } from '../environment/victorialogs-queries.ts';

/** A running arrangement. */
export interface Topology {
  /** Where programs send their lines. */
  readonly url: string;
  /** Each is to have a complete copy. */
  readonly copies: readonly Queries[];
  /** What acknowledges the lines of programs, then what stands behind that, in the order of a rolling restart. */
  readonly servers: Readonly<Partial<Record<Role, readonly Server[]>>>;
  /** What programs are started with so that they find it. */
  readonly launcher?: readonly string[] | undefined;
  /** Starts an insert node at another address, and makes programs find it in place of the first one, which goes on. */
  readonly replaceFirst?: (() => Promise<void>) | undefined;
  stop(): Promise<void>;
}

/** What a server of an arrangement is for. */
export type Role = 'server' | 'insert' | 'storage' | 'vmauth' | 'vlagent';

/** One that can be started. */
export interface Kind {
  readonly name: string;
  readonly start: () => Promise<Topology>;
}

/** From small to large. */
export const KINDS = {
  server: { name: 'one server', start: oneServer },
  vmauth: { name: 'cluster behind vmauth', start: () => behindVmauth(VMAUTH_VERSION) },
  vmauthLts: {
    name: `cluster behind vmauth ${VMAUTH_LTS_VERSION} (LTS)`,
    start: () => behindVmauth(VMAUTH_LTS_VERSION),
  },
  name: { name: 'cluster behind a name with two addresses', start: behindName },
  vlagent: { name: 'vlagent on each node, two clusters', start: () => behindVlagent('tcp') },
  vlagentSocket: {
    name: 'vlagent on each node by its unix socket, two clusters',
    start: () => behindVlagent('unix'),
  },
  vlagentSmall: { name: 'vlagent on each node, 512 MB of buffer, one server', start: smallBuffer },
} as const satisfies Record<string, Kind>;

/** What vmauth needs to pass requests on as they come. By default it collects up to 32 KiB of each. */
const AS_THEY_COME = ['-requestBufferSize=0', '-maxRequestBodySizeToRetry=0'];
const SERVICE = 'insert.logs.test';
const RECIPE = new URL('../../docs/recipes/kubernetes.md', import.meta.url);

async function oneServer(): Promise<Topology> {
  return assembled(async (started) => {
    const server = await started(victoriaLogs());
    return { url: server.url, copies: [queriesTo(server.url)], servers: { server: [server] } };
  });
}

function behindVmauth(version: string): Promise<Topology> {
  return assembled(async (started, folder) => {
    const { storage, select, insertNode } = await cluster(started);
    const insert = [await started(insertNode()), await started(insertNode())];
    const config = join(folder, 'auth.yml');
    const configure = (nodes: readonly Server[]) =>
      writeFile(config, routes(nodes.map(urlOf), select.url));
    await configure(insert);
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const vmauth = await started(
      startProcess(await vmauthProgram(version), url, () => [
        `-auth.config=${config}`,
        `-httpListenAddr=127.0.0.1:${port}`,
        ...AS_THEY_COME,
      ]),
    );
    const replaceFirst = async () => {
      await configure([await started(insertNode()), ...insert.slice(1)]);
      await vmauth.send('SIGHUP');
    };
    const servers = { vmauth: [vmauth], insert, storage };
    return { url, copies: [queriesTo(select.url)], servers, replaceFirst };
  });
}

/** As a headless service of Kubernetes: the name has the addresses of the insert nodes, and changes with them. */
function behindName(): Promise<Topology> {
  return assembled(async (started, folder) => {
    const { storage, select, insertNode } = await cluster(started);
    const port = await freePort();
    const at = (address: string) => insertNode(`-httpListenAddr=${address}:${port}`);
    const insert = [await started(at('127.0.7.1')), await started(at('127.0.7.2'))];
    const hosts = join(folder, 'hosts');
    const name = (...addresses: string[]) =>
      writeFile(hosts, addresses.map((address) => `${address} ${SERVICE}\n`).join(''));
    await name('127.0.7.1', '127.0.7.2');
    const launcher = await withHosts(hosts);
    const replaceFirst = async () => {
      await started(at('127.0.7.3'));
      await name('127.0.7.3', '127.0.7.2');
    };
    const url = `http://${SERVICE}:${port}`;
    const copies = [queriesTo(select.url)];
    return { url, copies, servers: { insert, storage }, launcher, replaceFirst };
  });
}

function behindVlagent(over: 'tcp' | 'unix'): Promise<Topology> {
  return assembled(async (started, folder) => {
    const clusters = [await cluster(started), await cluster(started)];
    const insert: Server[] = [];
    for (const { insertNode } of clusters) insert.push(await started(insertNode()));
    const program = await (over === 'tcp' ? vlagentProgram() : vlagentWithUnixSockets());
    const socket = join(folder, 'vlagent.sock');
    const extra = over === 'tcp' ? await flagsOfRecipe() : [`-httpListenAddr=unix:${socket}`];
    const agent = await started(vlagent(program, insert, extra));
    return {
      url: over === 'tcp' ? agent.url : `unix:${socket}`,
      copies: clusters.map(({ select }) => queriesTo(select.url)),
      servers: { vlagent: [agent], insert, storage: clusters.flatMap(({ storage }) => storage) },
    };
  });
}

/** 512 MB is the least that vlagent keeps on disk. */
function smallBuffer(): Promise<Topology> {
  return assembled(async (started) => {
    const server = await started(victoriaLogs());
    const limit = ['-remoteWrite.maxDiskUsagePerURL=512MB'];
    const agent = await started(vlagent(await vlagentProgram(), [server], limit));
    const servers = { vlagent: [agent], server: [server] };
    return { url: agent.url, copies: [queriesTo(server.url)], servers };
  });
}

interface Cluster {
  readonly storage: readonly Server[];
  readonly select: Server;
  readonly insertNode: (...flags: readonly string[]) => Promise<Server>;
}

async function cluster(started: Started): Promise<Cluster> {
  const storage = [await started(victoriaLogs()), await started(victoriaLogs())];
  const nodes = storage.map(({ url }) => `-storageNode=${new URL(url).host}`);
  const select = await started(victoriaLogs(...nodes, '-insert.disable'));
  const insertNode = (...flags: readonly string[]) =>
    victoriaLogs(...nodes, '-select.disable', ...flags);
  return { storage, select, insertNode };
}

async function vlagent(
  program: string,
  targets: readonly Server[],
  flags: readonly string[],
): Promise<Server> {
  const port = await freePort();
  return startProcess(program, `http://127.0.0.1:${port}`, (own) => [
    ...targets.map(({ url }) => `-remoteWrite.url=${url}/insert/native`),
    `-tmpDataPath=${own}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    ...flags,
  ]);
}

/** Of the DaemonSet, but for what is another address or path here. */
async function flagsOfRecipe(): Promise<string[]> {
  const page = await readFile(RECIPE, 'utf8');
  const flags = [...page.matchAll(/^ +- (-\w\S+)$/gm)].map(([, flag = '']) => flag);
  const here = /^-(httpListenAddr|tmpDataPath|remoteWrite\.url)=/;
  if (flags.filter((flag) => here.test(flag)).length !== 4)
    throw new Error('The DaemonSet has other flags.');
  return flags.filter((flag) => !here.test(flag));
}

async function victoriaLogs(...args: readonly string[]): Promise<Server> {
  const binary = (await findVictoriaLogs()) ?? (await buildVictoriaLogs(sayOnStderr));
  if (binary === undefined) throw new Error('A cluster needs a victoria-logs binary, or Go.');
  return processServer(binary.path, { args });
}

function routes(insert: readonly string[], select: string): string {
  return `unauthorized_user:
  url_map:
    - src_paths: ["/insert/.*"]
      url_prefix: ${JSON.stringify(insert)}
    - src_paths: ["/select/.*"]
      url_prefix: ${JSON.stringify(select)}
`;
}

/** A command that starts another one with this file as its `/etc/hosts`. Throws where this is not possible. */
async function withHosts(hosts: string): Promise<readonly string[]> {
  const mount = `mount --bind ${hosts} /etc/hosts && exec "$0" "$@"`;
  const launcher = ['unshare', '--mount', 'sh', '-c', mount];
  const { code } = await tryCommand('unshare', [...launcher.slice(1), 'true']);
  if (code !== 0) throw new Error('names with several addresses need root, to mount /etc/hosts');
  return launcher;
}

function urlOf({ url }: Server): string {
  return url;
}

/** Notes what was started, so that it is removed. */
type Started = (server: Promise<Server>) => Promise<Server>;

async function assembled(
  assemble: (started: Started, folder: string) => Promise<Omit<Topology, 'stop'>>,
): Promise<Topology> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-fleet-'));
  const forget = undoAtExit(() => rmSync(folder, { recursive: true, force: true }));
  const all: Server[] = [];
  const stop = async (): Promise<void> => {
    // One that is stalled ends only when it is killed.
    await Promise.all(all.map((server) => server.discard()));
    await rm(folder, { recursive: true, force: true });
    forget();
  };
  try {
    const started: Started = async (starting) => {
      const server = await starting;
      all.push(server);
      return server;
    };
    return { ...(await assemble(started, folder)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
