/** Runs a program to its end with its output in files or real pipes, and leaves no process behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { type FileHandle, mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { undoAtExit } from './cleanup.ts';
import { runCommand } from './run-command.ts';

/** What to run and how. */
export interface ProgramOptions {
  /** The program. Default: the Node that runs this. */
  readonly node?: string | undefined;
  readonly args: readonly string[];
  /** Added to a bare environment of PATH, HOME, TMPDIR and LANG; nothing else of ours is inherited. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  readonly cwd?: string | undefined;
  /**
   * What stdout and stderr are. Never what `child_process` calls a pipe: that is a socket pair, on which Node itself
   * loses output at `process.exit()`. Default: `files`.
   */
  readonly output?: 'files' | 'pipes' | undefined;
  /** The whole of its standard input. Default: none. */
  readonly input?: string | undefined;
  /** Killed after this many milliseconds. Default: 100,000. */
  readonly timeoutMs?: number | undefined;
  /** Called with the running process, to send it signals, and with what reads what it has printed so far. */
  readonly onStart?: ((child: ChildProcess, printed: () => Promise<string>) => void) | undefined;
}

/** How the program ended. */
export interface ProgramRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
  /** True when it was killed because its time was up. */
  readonly timedOut: boolean;
}

/** What its caller sees of the end. */
export type Outcome = Pick<ProgramRun, 'code' | 'signal' | 'stdout' | 'stderr'>;

export function outcomeOf({ code, signal, stdout, stderr }: ProgramRun): Outcome {
  return { code, signal, stdout, stderr };
}

/** Runs the program and waits for its end. Rejects only when it cannot be started. */
export async function runProgram(options: ProgramOptions): Promise<ProgramRun> {
  const folder = await mkdtemp(join(tmpdir(), 'direct-logging-run-'));
  const forget = undoAtExit(() => rmSync(folder, { recursive: true, force: true }));
  try {
    return await runIn(folder, options);
  } finally {
    await rm(folder, { recursive: true, force: true });
    forget();
  }
}

async function runIn(folder: string, options: ProgramOptions): Promise<ProgramRun> {
  const path = { stdout: join(folder, 'stdout'), stderr: join(folder, 'stderr') };
  const openOutput = options.output === 'pipes' ? openPipe : openFile;
  const stdout = await openOutput(path.stdout);
  const stderr = await openOutput(path.stderr);
  const startedAt = performance.now();
  const child = start(options, stdout.handle.fd, stderr.handle.fd);
  const stop = () => killGroup(child.pid);
  const forget = undoAtExit(stop);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    stop();
  }, options.timeoutMs ?? 100_000);
  try {
    await once(child, 'spawn');
    options.onStart?.(child, () => bothIn(path).then((texts) => texts.join('')));
    const [code, signal] = (await ended(child)) as [number | null, NodeJS.Signals | null];
    const durationMs = performance.now() - startedAt;
    stop();
    await Promise.all([stdout.finish(), stderr.finish()]);
    const [out, err] = await bothIn(path);
    return { code, signal, stdout: out, stderr: err, durationMs, timedOut };
  } finally {
    clearTimeout(timer);
    stop();
    await Promise.all([stdout.finish(), stderr.finish()]);
    forget();
  }
}

function bothIn(path: {
  readonly stdout: string;
  readonly stderr: string;
}): Promise<[string, string]> {
  return Promise.all([readFile(path.stdout, 'utf8'), readFile(path.stderr, 'utf8')]);
}

function start(options: ProgramOptions, stdout: number, stderr: number): ChildProcess {
  const child = spawn(options.node ?? process.execPath, options.args, {
    cwd: options.cwd,
    env: { ...bareEnvironment(), ...options.env },
    // A group of its own, so that what the program starts can be ended with it.
    detached: true,
    stdio: [options.input === undefined ? 'ignore' : 'pipe', stdout, stderr],
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(options.input);
  return child;
}

/** The variables that every program needs, and none that would change how it logs. */
export function bareEnvironment(): Record<string, string> {
  const bare: Record<string, string> = {};
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'LANG']) {
    const value = process.env[name];
    if (value !== undefined) bare[name] = value;
  }
  return bare;
}

async function ended(child: ChildProcess): Promise<unknown[]> {
  if (child.exitCode !== null || child.signalCode !== null) {
    return [child.exitCode, child.signalCode];
  }
  return once(child, 'exit');
}

/** SIGKILL for a process group. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in the group.
  }
}

interface Output {
  readonly handle: FileHandle;
  /** Resolves when everything written is in the file. */
  finish(): Promise<void>;
}

async function openFile(path: string): Promise<Output> {
  const handle = await open(path, 'w');
  return { handle, finish: () => handle.close() };
}

/** A FIFO with a reader that copies it into the file: for the program the same as a shell's `|`. */
async function openPipe(path: string): Promise<Output> {
  const fifo = `${path}.fifo`;
  await runCommand('mkfifo', [fifo]);
  const file = await open(path, 'w');
  const reader = spawn('cat', [fifo], { stdio: ['ignore', file.fd, 'ignore'] });
  const readerEnded = once(reader, 'exit');
  const handle = await open(fifo, 'w');
  return {
    handle,
    async finish() {
      await handle.close();
      await readerEnded;
      await file.close();
    },
  };
}
