/** Programs built from their Go modules, once, outside the tree. */
import { cached } from './cache.ts';
import { during, type Say } from './progress.ts';
import { commandWorks, runCommand } from './run-command.ts';

/** What to build. */
export interface GoProgram {
  /** What the cache calls it, with its version. */
  readonly name: string;
  /** `VictoriaLogs v1.52.1`. */
  readonly what: string;
  /** The package with its version, as `go install` takes it; without one when a module is given. */
  readonly program: string;
  /** Folder with a `go.mod` that says which versions are used. Default: those that the program itself names. */
  readonly module?: string | undefined;
  readonly flags?: readonly string[];
  readonly say: Say;
}

/** Whether there is a Go toolchain on this machine. */
export async function hasGo(): Promise<boolean> {
  return commandWorks('go', ['version']);
}

/** The folder with the program, which is built there on the first call. */
export async function goProgram(wanted: GoProgram): Promise<string> {
  const { name, what, program, module, flags = [], say } = wanted;
  return cached(name, (building) =>
    during(say, `Building ${what} with Go, once, about a minute`, async () => {
      await runCommand('go', ['install', ...flags, program], {
        cwd: module ?? building,
        env: {
          GOBIN: building,
          // Goes with the folder when this is interrupted: Go has no time to clean up then.
          GOTMPDIR: building,
          // Static, so that it also runs alone in an image built FROM scratch.
          CGO_ENABLED: '0',
          // A newer Go, where a module needs it.
          GOTOOLCHAIN: 'auto',
        },
        timeoutMs: 20 * 60_000,
      });
    }),
  );
}
