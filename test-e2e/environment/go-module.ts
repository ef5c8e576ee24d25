/** Files out of Go modules, fetched once through the `go` command, outside the tree. */
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { cached } from './cache.ts';
import { during, type Say, sayOnStderr } from './progress.ts';
import { runCommand } from './run-command.ts';

/** What to fetch. */
export interface GoModuleFiles {
  /** What the cache calls it, with its version. */
  readonly name: string;
  /** The module with its version, as `go mod download` takes it. */
  readonly module: string;
  /** The folder in it that is kept. */
  readonly folder: string;
  /** `log samples of Loki, 30 MB,`. */
  readonly what: string;
  /** Whether this file, or folder, is kept. */
  readonly keeps: (path: string) => boolean;
  readonly say?: Say;
}

/** The path of a copy of that folder, which is not to be written to. Throws where there is no Go, or no way to the module. */
export async function goModuleFiles(wanted: GoModuleFiles): Promise<string> {
  const { name, module, folder, what, keeps, say = sayOnStderr } = wanted;
  const made = await cached(name, (building) =>
    during(say, `Fetching ${what} with Go, once`, async () => {
      const downloads = join(building, 'downloads');
      const answer = await runCommand('go', ['mod', 'download', '-json', module], {
        cwd: building,
        // Not among the user's modules: of a large one little is kept.
        env: { GOMODCACHE: downloads, GOFLAGS: '-modcacherw' },
      });
      const { Dir: root } = JSON.parse(answer) as { Dir: string };
      await cp(join(root, folder), join(building, 'files'), { recursive: true, filter: keeps });
      await rm(downloads, { recursive: true });
    }),
  );
  return join(made, 'files');
}
