/** Runs a tool of the machine (go, docker, npm, apt-get) and gives back what it printed. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { undoAtExit } from './cleanup.ts';

/** How to run a tool. */
export interface CommandOptions {
  readonly cwd?: string | undefined;
  /** Added to our own environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Called with every line of its output. */
  readonly onLine?: ((line: string) => void) | undefined;
  /** Killed after this many milliseconds. Default: ten minutes. */
  readonly timeoutMs?: number | undefined;
}

/** How it ended. */
export interface CommandResult {
  /** Exit status; 127 when there is no such command, 137 when it was killed. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end. Never rejects: a missing command is exit status 127, as in a shell. */
export async function tryCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const forget = undoAtExit(() => child.kill('SIGKILL'));
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 600_000);
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      createInterface({ input: child[name] }).on('line', (line) => {
        output[name] += `${line}\n`;
        options.onLine?.(line);
      });
    }
    const end = (code: number) => {
      clearTimeout(timer);
      forget();
      resolve({ code, ...output });
    };
    child.on('error', (error) => {
      output.stderr += `${error.message}\n`;
      end(127);
    });
    child.on('close', (code) => end(code ?? 137));
  });
}

/** The same for what has to work: returns its stdout, or throws with the last lines of what it printed. */
export async function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const result = await tryCommand(command, args, options);
  if (result.code === 0) return result.stdout;
  const printed = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-15).join('\n  ');
  throw new Error(
    `\`${command} ${args.join(' ')}\` ended with status ${result.code}:\n  ${printed}`,
  );
}

/** Whether the command is there: it runs with these arguments and ends with status 0. */
export async function commandWorks(command: string, args: readonly string[]): Promise<boolean> {
  return (await tryCommand(command, args, { timeoutMs: 60_000 })).code === 0;
}
