/** Containers on this machine's engine: ours carry a label, and what a killed run left behind is removed. */
import { spawnSync } from 'node:child_process';
import { isAlive } from './cache.ts';
import { undoAtExit } from './cleanup.ts';
import { runCommand, tryCommand } from './run-command.ts';

/** Label of every container of ours; its value says what it is for. */
export const CONTAINER_LABEL = 'direct-logging';

/** Label with the id of the process that started it. */
export const OWNER_LABEL = 'direct-logging.owner';

/** Version of the engine that answers, or undefined. */
export async function engineVersion(): Promise<string | undefined> {
  const { code, stdout } = await tryCommand('docker', ['version', '-f', '{{.Server.Version}}'], {
    timeoutMs: 60_000,
  });
  return code === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/** A container that runs. */
export interface RunningContainer {
  readonly id: string;
  /** What it printed so far, stdout and stderr. */
  logs(): Promise<string>;
  /** Waits for its end and gives the exit status. */
  wait(): Promise<number>;
  /** What `docker inspect -f` says for this template. */
  inspect(template: string): Promise<string>;
  /** `docker rm --force`: SIGKILL, and its network is gone. */
  remove(): Promise<void>;
}

/** What to run in a container. */
export interface ContainerOptions {
  readonly image: string;
  readonly args?: readonly string[] | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Its host name. Default: the engine's choice, its id. */
  readonly hostname?: string | undefined;
  /** Ports of the container that get a port on 127.0.0.1: ask `inspect` for it. */
  readonly ports?: readonly number[] | undefined;
  /** Further arguments of `docker run`. */
  readonly flags?: readonly string[] | undefined;
}

/** Starts a container in the background; it is removed when this process ends. */
export async function runContainer(options: ContainerOptions): Promise<RunningContainer> {
  const stdout = await runCommand('docker', [
    'run',
    '--detach',
    `--label=${CONTAINER_LABEL}=program`,
    `--label=${OWNER_LABEL}=${process.pid}`,
    ...(options.hostname === undefined ? [] : [`--hostname=${options.hostname}`]),
    ...Object.entries(options.env ?? {}).map(([name, value]) => `--env=${name}=${value}`),
    ...(options.ports ?? []).map((port) => `--publish=127.0.0.1::${port}`),
    ...(options.flags ?? []),
    options.image,
    ...(options.args ?? []),
  ]);
  const id = stdout.trim();
  const forget = undoAtExit(() => {
    spawnSync('docker', ['rm', '--force', '--volumes', id], { stdio: 'ignore' });
  });
  return {
    id,
    logs: async () => {
      const { stdout: out, stderr: err } = await tryCommand('docker', ['logs', id]);
      return out + err;
    },
    wait: async () => Number((await runCommand('docker', ['wait', id])).trim()),
    inspect: async (template) =>
      (await runCommand('docker', ['inspect', '-f', template, id])).trim(),
    remove: async () => {
      await runCommand('docker', ['rm', '--force', '--volumes', id]);
      forget();
    },
  };
}

/** Removes our containers whose starting process is gone. */
export async function removeLeftoverContainers(): Promise<void> {
  const format = `{{.ID}} {{.Label "${OWNER_LABEL}"}}`;
  const { stdout } = await tryCommand('docker', [
    'ps',
    '--all',
    `--filter=label=${CONTAINER_LABEL}`,
    `--format=${format}`,
  ]);
  for (const line of stdout.split('\n')) {
    const [id, owner] = line.split(' ');
    if (!id || isAlive(Number(owner))) continue;
    await tryCommand('docker', ['rm', '--force', '--volumes', id]);
  }
}
