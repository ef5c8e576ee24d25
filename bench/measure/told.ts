/** Runs a program of a benchmark and reads what it tells on descriptor 3. */
import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { bareEnvironment } from '../../test-e2e/environment/run-program.ts';

/** What to run. Its stdout and stderr lead to /dev/null. */
export interface Job {
  /** Default: the Node that runs this. */
  readonly node?: string | undefined;
  /** Flags of Node, such as `--import …`. */
  readonly flags?: readonly string[];
  readonly program: string;
  readonly args?: readonly (string | number)[];
  /** Added to a bare environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the running process. */
  readonly onStart?: (child: ChildProcess) => void;
}

/** From here, a program finds our packages by name, as a user's program does. */
export const FOLDER: string = fileURLToPath(new URL('../../apps/lambda-example/', import.meta.url));

/** Runs the program to its end. Rejects if it tells nothing. */
export async function told<T>(job: Job): Promise<T> {
  const { node = process.execPath, flags = [], program, args = [], env, onStart } = job;
  const child = spawn(node, [...flags, program, ...args.map(String)], {
    cwd: FOLDER,
    env: { ...bareEnvironment(), ...env },
    stdio: ['pipe', 'ignore', 'ignore', 'pipe'],
  });
  onStart?.(child);
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    return (await json(child.stdio[3] as Readable)) as T;
  } catch (error) {
    throw new Error(`${program} ${args.join(' ')} told nothing.`, { cause: error });
  } finally {
    await ended;
  }
}

/** The path of a file, relative to the calling module. */
export function beside(module: ImportMeta, path: string): string {
  return fileURLToPath(new URL(path, module.url));
}
