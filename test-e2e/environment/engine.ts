/** A Docker engine of our own for machines that have none, where we are root on Debian: installed, started, stopped. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { undoAtExit } from './cleanup.ts';
import { installDebianPackages } from './debian.ts';
import { engineVersion } from './docker.ts';
import type { Say } from './progress.ts';
import { commandWorks } from './run-command.ts';

const DAEMON = 'dockerd';
const PREFIX = 'direct-logging-engine-';
const START_TIMEOUT_MS = 60_000;

/** An engine that answers. */
export interface Engine {
  readonly version: string;
  /** Stops it if it was us who started it. */
  stop(): Promise<void>;
}

/**
 * The engine that answers already, else one that is started here; `DOCKER_HOST` then names it for this process and its
 * children. Throws, with the reason, where that is not possible.
 */
export async function startEngine(say: Say): Promise<Engine> {
  const version = await engineVersion();
  if (version) return { version, stop: async () => {} };
  if (process.getuid?.() !== 0 || !(await commandWorks('apt-get', ['--version']))) {
    throw new Error('no Docker engine answers, and one is started only as root on Debian');
  }
  await install(say);
  return launch(say);
}

async function install(say: Say): Promise<void> {
  const hasClient = () => commandWorks('docker', ['--version']);
  if ((await commandWorks(DAEMON, ['--version'])) && (await hasClient())) return;
  await installDebianPackages(['docker.io'], say);
  // From Debian 13 on the command is a package of its own.
  if (!(await hasClient())) await installDebianPackages(['docker-cli'], say);
}

async function launch(say: Say): Promise<Engine> {
  removeLeftoverEngines();
  const folder = await mkdtemp(join(tmpdir(), PREFIX));
  const log = join(folder, 'log');
  const socket = `unix://${join(folder, 'docker.sock')}`;
  await mkdir(join(folder, 'data'));
  const output = openSync(log, 'a');
  const daemon = spawn(
    DAEMON,
    [
      `--host=${socket}`,
      `--data-root=${join(folder, 'data')}`,
      `--exec-root=${join(folder, 'exec')}`,
      `--pidfile=${join(folder, 'pid')}`,
    ],
    // A group of its own: Ctrl-C at the terminal is for us, and containers are removed while it still answers.
    { stdio: ['ignore', output, output], detached: true },
  );
  closeSync(output);
  daemon.on('error', () => {});
  const forget = undoAtExit(() => {
    daemon.kill('SIGTERM');
    // It unmounts its data before it ends; only then can they be removed.
    spawnSync('tail', [`--pid=${daemon.pid}`, '--follow', '/dev/null'], { timeout: 15_000 });
    removeFolder(folder);
  });
  const stop = async () => {
    if (daemon.exitCode === null && daemon.signalCode === null && daemon.pid !== undefined) {
      const ended = once(daemon, 'exit');
      daemon.kill('SIGTERM');
      await ended;
    }
    delete process.env.DOCKER_HOST;
    removeFolder(folder);
    forget();
  };
  process.env.DOCKER_HOST = socket;
  const version = await untilItAnswers(() => daemon.exitCode === null && daemon.pid !== undefined);
  if (version) {
    say(`Docker engine ${version} started for this run`);
    return { version, stop };
  }
  const printed = (await readFile(log, 'utf8')).trim().split('\n').at(-1);
  await stop();
  throw new Error(`dockerd does not start here: ${printed}`);
}

/**
 * Removes engines that were killed. The network of a container outlives its engine and would answer for the next
 * container with the same address.
 */
export function removeLeftoverEngines(): void {
  for (const name of readdirSync(tmpdir())) {
    const folder = join(tmpdir(), name);
    if (!name.startsWith(PREFIX) || running((pid) => isDaemonOf(folder, pid)).length > 0) continue;
    const networks = mountsBelow(folder).map((path) => statSync(path).ino);
    const left = running(
      (pid) =>
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`${folder}/`) ||
        networks.includes(statSync(`/proc/${pid}/ns/net`).ino),
    );
    for (const pid of left) process.kill(pid, 'SIGKILL');
    removeFolder(folder);
  }
}

function isDaemonOf(folder: string, pid: number): boolean {
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  return command.startsWith(DAEMON) && command.includes(`${folder}/`);
}

/** Processes for which this holds. One that ends meanwhile is none. */
function running(holds: (pid: number) => boolean): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        return pid > 0 && holds(pid);
      } catch {
        return false;
      }
    });
}

/** What is mounted: the network of each container, and what a build with the network of the machine leaves behind. */
function removeFolder(folder: string): void {
  for (const path of mountsBelow(folder))
    spawnSync('umount', ['--lazy', path], { stdio: 'ignore' });
  rmSync(folder, { recursive: true, force: true });
}

/** The innermost first. */
function mountsBelow(folder: string): string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  const paths = mounts.map((line) => line.split(' ')[1] ?? '');
  return paths.filter((path) => path.startsWith(`${folder}/`)).reverse();
}

async function untilItAnswers(isRunning: () => boolean): Promise<string | undefined> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (isRunning() && Date.now() < deadline) {
    const version = await engineVersion();
    if (version) return version;
    await sleep(50);
  }
  return undefined;
}
