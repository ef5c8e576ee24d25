/** Finds a `victoria-logs` binary, or builds the pinned one from its Go module, once. */
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { goProgram, hasGo } from './go-program.ts';
import type { Say } from './progress.ts';
import { tryCommand } from './run-command.ts';
import { succeeds } from './succeeds.ts';
import { VICTORIALOGS_GO_PROGRAM, VICTORIALOGS_VERSION } from './victorialogs-version.ts';

const VERSION_VARIABLE = 'github.com/VictoriaMetrics/VictoriaMetrics/lib/buildinfo.Version';

/** A binary that can be started. */
export interface VictoriaLogsBinary {
  readonly path: string;
  /** Where it comes from, in a few words. */
  readonly how: string;
  readonly version: string;
}

/** The binary that `VICTORIALOGS_BINARY` names, or the one on PATH. Throws when the named one is not there. */
export async function findVictoriaLogs(): Promise<VictoriaLogsBinary | undefined> {
  const named = process.env.VICTORIALOGS_BINARY;
  if (named) {
    if (!(await isExecutable(named))) {
      throw new Error(`VICTORIALOGS_BINARY: expected the path of an executable, got ${named}.`);
    }
    return { path: named, how: `binary ${named}`, version: await versionOf(named) };
  }
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, 'victoria-logs');
    if (folder && (await isExecutable(path))) {
      return { path, how: `binary on PATH ${path}`, version: await versionOf(path) };
    }
  }
  return undefined;
}

/** The pinned one, built statically on the first call and kept in the cache; undefined where there is no Go. */
export async function buildVictoriaLogs(say: Say): Promise<VictoriaLogsBinary | undefined> {
  if (!(await hasGo())) return undefined;
  const folder = await goProgram({
    name: `victoria-logs/${VICTORIALOGS_VERSION}`,
    what: `VictoriaLogs ${VICTORIALOGS_VERSION}`,
    program: VICTORIALOGS_GO_PROGRAM,
    // The version is put in by their own build scripts; without it the server does not know which one it is.
    flags: [`-ldflags=-s -w -X ${VERSION_VARIABLE}=victoria-logs-tags-${VICTORIALOGS_VERSION}`],
    say,
  });
  const path = join(folder, 'victoria-logs');
  return { path, how: `built with Go, ${path}`, version: VICTORIALOGS_VERSION };
}

async function versionOf(path: string): Promise<string> {
  const { stdout } = await tryCommand(path, ['--version'], { timeoutMs: 60_000 });
  return /v\d+\.\d+\.\d+/.exec(stdout)?.[0] ?? 'of an unknown version';
}

async function isExecutable(path: string): Promise<boolean> {
  return succeeds(access(path, constants.X_OK));
}
