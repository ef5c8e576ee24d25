/** Deno and Bun, from npm, as programs that take the arguments of a script. */
import { access, chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sayMissing } from '../environment/missing.ts';
import { pinnedPackages } from '../environment/pinned-packages.ts';
import { runCommand } from '../environment/run-command.ts';

/** One runtime. */
export interface Runtime {
  readonly name: 'Bun' | 'Deno';
  /** Its version. */
  readonly version: string;
  /** A program that runs a script: `bun`, `deno run --allow-all`. */
  readonly run: string;
  /** Path of the runtime itself. */
  readonly binary: string;
  /** What `--preload` takes. */
  readonly preload: string;
  remove(): Promise<void>;
}

const BINARIES = {
  Bun: [`@oven/bun-${process.platform}-${archOfBun()}/bin/bun`],
  Deno: [`@deno/${process.platform}-${process.arch}-glibc/deno`],
};
const PRELOADS = { Bun: 'direct-logging', Deno: 'npm:direct-logging' };
const COMMANDS = { Bun: '', Deno: 'run --allow-all --no-lock' };

/** Those that npm has for this machine; says why for the others. */
export async function otherRuntimes(): Promise<Runtime[]> {
  try {
    const nodeModules = await pinnedPackages({ name: 'runtimes', what: 'Deno and Bun, 200 MB,' });
    return await Promise.all((['Bun', 'Deno'] as const).map((name) => runtime(name, nodeModules)));
  } catch (error) {
    sayMissing(
      `Deno and Bun are skipped: ${(error as Error).message}`,
      'See that npm reaches its registry, and that it has both for this machine.',
    );
    return [];
  }
}

async function runtime(name: Runtime['name'], nodeModules: string): Promise<Runtime> {
  const binary = join(nodeModules, ...BINARIES[name]);
  await access(binary);
  await chmod(binary, 0o755);
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-runtime-'));
  const run = join(folder, name.toLowerCase());
  await writeFile(run, `#!/bin/sh\nexec "${binary}" ${COMMANDS[name]} "$@"\n`, { mode: 0o755 });
  const [version = ''] = /\d+\.\d+\.\d+/.exec(await runCommand(binary, ['--version'])) ?? [];
  return {
    name,
    version,
    run,
    binary,
    preload: PRELOADS[name],
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function archOfBun(): string {
  return process.arch === 'arm64' ? 'aarch64' : process.arch;
}
