/** VictoriaLogs as a process of this machine, ended with direct-logging. */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from './cache.ts';
import { undoAtExit } from './cleanup.ts';
import { runCommand } from './run-command.ts';
import { succeeds } from './succeeds.ts';
import type { Server, ServerEnd, VictoriaLogsOptions } from './victorialogs-options.ts';
import { isHealthy } from './victorialogs-queries.ts';

const PREFIX = 'direct-logging-victorialogs-';
/** Its folders take fsyncs, which a busy disk lets wait. If it ends, nobody waits. */
const START_TIMEOUT_MS = 120_000;
/** `fetch` refuses some ports, of which the last is 10,080: https://fetch.spec.whatwg.org/#port-blocking */
const FIRST_PORT = 10_081;

/** Starts the binary and waits until it answers. */
export async function processServer(path: string, options: VictoriaLogsOptions): Promise<Server> {
  const port = options.port ?? (await freePort());
  return startProcess(path, `http://127.0.0.1:${port}${pathPrefixOf(options)}`, (own) => [
    `-storageDataPath=${options.dataDir ?? join(own, 'data')}`,
    `-httpListenAddr=127.0.0.1:${port}`,
    ...(options.args ?? []),
  ]);
}

/**
 * Starts any server that answers at `/health`, as all of VictoriaMetrics do.
 * @param flags Given a folder of its own, which goes with it.
 */
export async function startProcess(
  path: string,
  url: string,
  flags: (own: string) => readonly string[],
): Promise<Server> {
  await removeLeftovers();
  const own = await mkdtemp(join(tmpdir(), PREFIX));
  const log = join(own, 'log');
  const args = flags(own);
  let child: ChildProcess | undefined;
  const forget = undoAtExit(() => {
    child?.kill('SIGKILL');
    rmSync(own, { recursive: true, force: true });
  });
  const start = async (): Promise<void> => {
    child = launch(path, args, log);
    await writeFile(join(own, 'owner'), `${process.pid} ${child.pid}`);
    await untilHealthy(child, url, log);
  };
  const send = async (signal: NodeJS.Signals): Promise<void> => void child?.kill(signal);
  const end = async (signal: NodeJS.Signals): Promise<ServerEnd> => endChild(child, signal);
  const discard = async (): Promise<void> => {
    await end('SIGKILL');
    await rm(own, { recursive: true, force: true });
    forget();
  };
  try {
    await start();
  } catch (error) {
    await discard();
    throw error;
  }
  return { url, send, end, start, discard };
}

/** The path under which a server with these options answers everything: '' or `/something`. */
export function pathPrefixOf({ args = [] }: VictoriaLogsOptions): string {
  const flag = '-http.pathPrefix=';
  return args.find((arg) => arg.startsWith(flag))?.slice(flag.length) ?? '';
}

/** Ports that were chosen here: their servers may be stopped at the moment. */
const chosen = new Set<number>();

/**
 * A port that nobody listens on now, and that nobody takes while a server with this port is stopped: not the kernel, which gives ports
 * to connections and to servers that name none, not another test of this file, and not another worker of vitest, whose ports are others.
 */
export async function freePort(): Promise<number> {
  // vitest numbers its workers from 1, and may have more of them than there are processors.
  const workers = 2 * availableParallelism() + 4;
  const own = Number(process.env.VITEST_POOL_ID ?? 0) % workers;
  const range = Math.floor((firstPortOfKernel() - FIRST_PORT) / workers);
  for (;;) {
    const port = FIRST_PORT + own * range + randomInt(range);
    if (chosen.has(port)) continue;
    chosen.add(port);
    const server = createServer().listen(port, '127.0.0.1');
    if (!(await succeeds(once(server, 'listening')))) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

function firstPortOfKernel(): number {
  try {
    const [first] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t');
    // A kernel that gives almost all ports leaves none to choose.
    if (Number(first) > FIRST_PORT + 2_000) return Number(first);
  } catch {
    // Not Linux.
  }
  return 32_768;
}

function launch(path: string, args: readonly string[], log: string): ChildProcess {
  const output = openSync(log, 'a');
  // A group of its own: Ctrl-C at the terminal is for us, and we end it.
  const child = spawn(path, args, { stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  child.on('error', () => {});
  // It must not keep a program running that has nothing else to do; that program's end ends it.
  child.unref();
  return child;
}

async function untilHealthy(child: ChildProcess, url: string, log: string): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (!(await isHealthy(url))) {
    if (hasEnded(child) || child.pid === undefined || Date.now() > deadline) {
      const printed = (await readFile(log, 'utf8')).trim().split('\n').slice(-5).join('\n  ');
      throw new Error(`The server did not start at ${url}:\n  ${printed}`);
    }
    await sleep(15);
  }
}

async function endChild(
  child: ChildProcess | undefined,
  signal: NodeJS.Signals,
): Promise<ServerEnd> {
  if (child?.pid === undefined) return { code: null, signal: null };
  if (!hasEnded(child)) {
    child.ref();
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
  return { code: child.exitCode, signal: child.signalCode };
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Ends and removes the servers of processes that were killed before they could do it. */
async function removeLeftovers(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const [owner, server] = await readFile(join(folder, 'owner'), 'utf8').then(
      (text) => text.split(' ').map(Number),
      () => [],
    );
    if (owner === undefined || isAlive(owner)) continue;
    if (server !== undefined && (await commandLine(server)).includes(folder)) {
      process.kill(server, 'SIGKILL');
    }
    await rm(folder, { recursive: true, force: true });
  }
}

/** The id may belong to somebody else's process by now: its command line tells. */
async function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() =>
    runCommand('ps', ['-o', 'command=', '-p', String(pid)]).catch(() => ''),
  );
}
