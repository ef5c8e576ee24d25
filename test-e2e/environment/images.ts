/** Images of containers: pulled, or built from what this machine has. */
import { spawnSync } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { undoAtExit } from './cleanup.ts';
import { nodeBinary } from './nodes.ts';
import { during, type Say } from './progress.ts';
import { runCommand, tryCommand } from './run-command.ts';
import { buildVictoriaLogs } from './victorialogs-binary.ts';
import { VICTORIALOGS_IMAGE } from './victorialogs-version.ts';

/** Whether the image is there now: found, or pulled within the time; says why it is not. */
export async function pullImage(
  image: string,
  say: Say,
  timeoutMs: number = 120_000,
): Promise<boolean> {
  if ((await tryCommand('docker', ['image', 'inspect', image])).code === 0) return true;
  const pull = await during(say, `Pulling ${image}`, () =>
    tryCommand('docker', ['pull', '--quiet', image], { timeoutMs }),
  );
  if (pull.code === 0) return true;
  const reason = pull.code === 137 ? `not within ${timeoutMs / 1000} s` : pull.stderr.trim();
  say(`  It cannot be pulled: ${reason.split('\n').at(-1)}`);
  return false;
}

/** Whether the pinned VictoriaLogs image is there now: found, pulled, or, where allowed, built around the binary. */
export async function ensureVictoriaLogsImage(options: {
  readonly say: Say;
  readonly mayBuild: boolean;
}): Promise<boolean> {
  if (await pullImage(VICTORIALOGS_IMAGE, options.say)) return true;
  const binary = options.mayBuild ? await buildVictoriaLogs(options.say) : undefined;
  if (binary) await buildServerImage(VICTORIALOGS_IMAGE, binary.path, options.say);
  // Servers that need no container are processes of it, as where there is no image: they start sooner, and reach each other.
  if (binary) process.env.VICTORIALOGS_BINARY ??= binary.path;
  return binary !== undefined;
}

/** Builds an image of VictoriaMetrics around a binary, which its arguments are for, as in the official ones. */
export async function buildServerImage(image: string, binary: string, say: Say): Promise<void> {
  await buildImage(image, async (context) => {
    await copyFile(binary, join(context, 'server'));
    return ['FROM scratch', 'COPY server /', 'ENTRYPOINT ["/server"]'];
  });
  say(`Built ${image} around the binary ${binary}`);
}

/** What goes into an image with Node 24 and a program. */
interface NodeImageOptions {
  /** Its name. */
  readonly image: string;
  /** Files and folders of this machine by their absolute path in the image; symbolic links become what they point to. */
  readonly files: Readonly<Record<string, string>>;
  /** Further programs whose shared libraries are needed, by their path on this machine. */
  readonly libraries?: readonly string[] | undefined;
  /** What Node is always started with, in front of the arguments of a container. Default: nothing. */
  readonly entrypoint?: readonly string[] | undefined;
  /** The working directory. Default: `/`. */
  readonly workdir?: string | undefined;
}

/** Names the image of a run with Node alone. */
const NODE_IMAGE_VARIABLE = 'DIRECT_LOGGING_NODE_IMAGE';

/** Builds the image with Node alone for this process and its children. Node is most of each image, and is copied three times. */
export async function buildNodeOnce(): Promise<void> {
  const image = `direct-logging/node:${process.pid}`;
  process.env[NODE_IMAGE_VARIABLE] = image;
  undoAtExit(() => spawnSync('docker', ['rmi', '--force', image], { stdio: 'ignore' }));
  await buildNodeImage({ image, files: {} });
}

/** Builds an image: Node as `/usr/bin/node`, the libraries that `ldd` lists, and the files. */
export async function buildNodeImage(options: NodeImageOptions): Promise<void> {
  const { [NODE_IMAGE_VARIABLE]: withNode = '' } = process.env;
  const isThere = (await tryCommand('docker', ['image', 'inspect', withNode])).code === 0;
  await buildImage(options.image, async (context) => {
    const root = join(context, 'root');
    const node = isThere ? [] : [await nodeBinary(24)];
    for (const path of node) await place(root, '/usr/bin/node', path);
    for (const library of await librariesOf([...node, ...(options.libraries ?? [])])) {
      await place(root, library, library);
    }
    for (const [to, from] of Object.entries(options.files)) await place(root, to, from);
    await mkdir(join(root, 'tmp'), { recursive: true });
    await mkdir(join(root, 'etc'), { recursive: true });
    await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/tmp:/bin/false\n');
    return [
      `FROM ${isThere ? withNode : 'scratch'}`,
      'COPY root /',
      'ENV PATH=/usr/bin',
      `WORKDIR ${options.workdir ?? '/'}`,
      `ENTRYPOINT ${JSON.stringify(['/usr/bin/node', ...(options.entrypoint ?? [])])}`,
    ];
  });
}

/**
 * Builds an image from the folder that `fill` fills; `fill` returns the lines of the Dockerfile. `flags` are further
 * arguments of `docker build`.
 */
export async function buildImage(
  image: string,
  fill: (context: string) => Promise<readonly string[]>,
  flags: readonly string[] = [],
): Promise<void> {
  const context = await mkdtemp(join(tmpdir(), 'direct-logging-image-'));
  try {
    const dockerfile = await fill(context);
    await writeFile(join(context, 'Dockerfile'), `${dockerfile.join('\n')}\n`);
    await runCommand('docker', ['build', '--quiet', `--tag=${image}`, ...flags, context]);
  } finally {
    await rm(context, { recursive: true, force: true });
  }
}

/** Copies a file or folder of this machine to a path below `root`. */
export async function place(root: string, to: string, from: string): Promise<void> {
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
