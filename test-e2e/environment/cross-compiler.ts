/** A compiler of C and C++ for platforms that this machine is not: zig's, which brings their libraries along. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { during, type Say } from './progress.ts';
import { unpackWheel } from './python-wheel.ts';

/** What to compile for. */
export interface Target {
  /** As zig calls it: processor, system, C library, and the oldest version of that library. */
  readonly zig: string;
  /** As autoconf calls it. */
  readonly host: string;
  /** As Node calls the processor. */
  readonly arch: string;
}

const VERSION = '0.17.1';
/** musl has no `execinfo.h`. Alpine offered one up to 3.16, and the client still includes it. */
const EXECINFO = `#pragma once
static inline int backtrace(void **, int) { return 0; }
static inline char **backtrace_symbols(void *const *, int) { return 0; }
static inline void backtrace_symbols_fd(void *const *, int, int) {}
`;

/** Puts the commands into the folder. Returns the environment in which configure, cmake and node-gyp compile for the target. */
export async function crossCompiler(
  target: Target,
  folder: string,
  say: Say,
): Promise<Record<string, string>> {
  const zig = join(await ensureZig(say), 'ziglang/zig');
  const bin = join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  const isMusl = target.zig.includes('musl');
  if (isMusl) await writeFile(join(folder, 'execinfo.h'), EXECINFO);
  // Optimizing while linking takes most of the time, and saves a test nothing.
  const flags = `-target ${target.zig} "$@" -fno-lto${isMusl ? ` -I"${folder}"` : ''}`;
  const commands = {
    CC: ['cc', `cc ${flags}`],
    CXX: ['c++', `c++ ${flags}`],
    AR: ['ar', 'ar "$@"'],
    RANLIB: ['ranlib', 'ranlib "$@"'],
  } as const;
  const env: Record<string, string> = {
    host_alias: target.host,
    // Any other than the host: what is compiled does not run here.
    build_alias: `${process.arch}-build-linux`,
    npm_config_arch: target.arch,
    ZIG_GLOBAL_CACHE_DIR: join(folder, 'cache'),
    ZIG_LOCAL_CACHE_DIR: join(folder, 'cache'),
  };
  for (const [variable, [name, command]] of Object.entries(commands)) {
    const path = join(bin, name);
    await writeFile(path, `#!/bin/sh\nexec "${zig}" ${command}\n`);
    await chmod(path, 0o755);
    env[variable] = path;
  }
  return env;
}

function ensureZig(say: Say): Promise<string> {
  return cached(`zig/${VERSION}`, (folder) =>
    during(say, `Downloading zig ${VERSION}, once`, async () => {
      await unpackWheel(`ziglang==${VERSION}`, folder);
      await chmod(join(folder, 'ziglang/zig'), 0o755);
    }),
  );
}
