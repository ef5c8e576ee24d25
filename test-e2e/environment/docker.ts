/** Containers on this machine's engine: ours carry a label, and what a killed run left behind is removed. */
import { spawnSync } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { isAlive } from './cache.ts';
import { undoAtExit } from './cleanup.ts';
import { during, type Say } from './progress.ts';
import { runCommand, tryCommand } from './run-command.ts';
import { buildVictoriaLogs } from './victorialogs-binary.ts';
import { VICTORIALOGS_IMAGE } from './victorialogs-version.ts';

/** Label of every container of ours; its value says what it is for. */
export const CONTAINER_LABEL = 'direct-logging';

/** Label with the id of the process that started it. */
export const OWNER_LABEL = 'direct-logging.owner';

/** Version of the engine that answers, or undefined. */
export async function engineVersion(): Promise<string | undefined> {
  const { code, stdout } = await tryCommand('docker', ['version', '-f', '{{.Server.Version}}'], {
    timeoutMs: 10_000,
  });
  return code === 0 && stdout.trim() !== '' ? stdout.trim() : undefined;
}

/** Whether the pinned VictoriaLogs image is there now: found, pulled, or, where allowed, built around the binary. */
export async function ensureVictoriaLogsImage(options: {
  readonly say: Say;
  readonly mayBuild: boolean;
}): Promise<boolean> {
  if (await hasImage(VICTORIALOGS_IMAGE)) return true;
  const pull = await during(options.say, `Pulling ${VICTORIALOGS_IMAGE}`, () =>
    tryCommand('docker', ['pull', '--quiet', VICTORIALOGS_IMAGE], { timeoutMs: 300_000 }),
  );
  if (pull.code === 0) return true;
  options.say(`  It cannot be pulled: ${pull.stderr.trim().split('\n').at(-1) ?? ''}`);
  return options.mayBuild && (await buildVictoriaLogsImage(options.say));
}

async function buildVictoriaLogsImage(say: Say): Promise<boolean> {
  const binary = await buildVictoriaLogs(say);
  if (!binary) return false;
  await buildImage(VICTORIALOGS_IMAGE, async (context) => {
    await copyFile(binary.path, join(context, 'victoria-logs-prod'));
    return ['FROM scratch', 'COPY victoria-logs-prod /', 'ENTRYPOINT ["/victoria-logs-prod"]'];
  });
  say(`Built ${VICTORIALOGS_IMAGE} around the binary ${binary.path}`);
  return true;
}

/** What goes into an image with Node and a program. */
export interface NodeImageOptions {
  /** Its name. */
  readonly image: string;
  /** Path of a Node binary. */
  readonly node: string;
  /** Files and folders of this machine by their absolute path in the image; symbolic links become what they point to. */
  readonly files: Readonly<Record<string, string>>;
  /** Further programs whose shared libraries are needed, by their path on this machine. */
  readonly libraries?: readonly string[] | undefined;
}

/** Builds an image FROM scratch: Node as `/usr/bin/node`, the libraries that `ldd` lists, and the files. */
export async function buildNodeImage(options: NodeImageOptions): Promise<void> {
  await buildImage(options.image, async (context) => {
    const root = join(context, 'root');
    await place(root, '/usr/bin/node', options.node);
    for (const library of await librariesOf([options.node, ...(options.libraries ?? [])])) {
      await place(root, library, library);
    }
    for (const [to, from] of Object.entries(options.files)) await place(root, to, from);
    await mkdir(join(root, 'tmp'), { recursive: true });
    await mkdir(join(root, 'etc'), { recursive: true });
    await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/tmp:/bin/false\n');
    return ['FROM scratch', 'COPY root /', 'ENV PATH=/usr/bin', 'ENTRYPOINT ["/usr/bin/node"]'];
  });
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

async function hasImage(image: string): Promise<boolean> {
  return (await tryCommand('docker', ['image', 'inspect', image])).code === 0;
}

/** Builds an image from the folder that `fill` fills; `fill` returns the lines of the Dockerfile. */
async function buildImage(
  image: string,
  fill: (context: string) => Promise<readonly string[]>,
): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'direct-logging-image-'));
  try {
    const dockerfile = await fill(context);
    await writeFile(join(context, 'Dockerfile'), `${dockerfile.join('\n')}\n`);
    await runCommand('docker', ['build', '--quiet', `--tag=${image}`, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

async function place(root: string, to: string, from: string): Promise<void> {
  await mkdir(join(root, dirname(to)), { recursive: true });
  await cp(from, join(root, dirname(to), basename(to)), { recursive: true, dereference: true });
}

/** The files that the dynamic linker would load for these programs. */
async function librariesOf(programs: readonly string[]): Promise<Set<string>> {
  const libraries = new Set<string>();
  for (const program of programs) {
    for (const [, path] of (await runCommand('ldd', [program])).matchAll(/(\/\S+) \(0x/g)) {
      if (path !== undefined) libraries.add(path);
    }
  }
  return libraries;
}
