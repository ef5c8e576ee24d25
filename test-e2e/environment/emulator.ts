/** The real Runtime Interface Emulator of AWS Lambda, built from its Go module, once, outside the tree. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { undoAtExit } from './cleanup.ts';
import { invokeAt, untilAnswering } from './front-door.ts';
import { goProgram, hasGo } from './go-program.ts';
import type { FunctionProcess } from './lambda-function.ts';
import { sayMissing } from './missing.ts';
import { type Say, sayOnStderr } from './progress.ts';
import { killGroup } from './run-program.ts';
import type { Answer, InvokeOptions } from './runtime-api.ts';
import { freePort } from './victorialogs-process.ts';

const MODULE = 'github.com/aws/aws-lambda-runtime-interface-emulator';
const VERSION = 'v0.0.0-20261030222936-bef5c4ba774d';

/** The emulator's program; undefined where it cannot be built: it needs Go, and runs on Linux only. */
export async function ensureEmulator(
  options: { readonly say?: Say | undefined } = {},
): Promise<string | undefined> {
  if (process.platform !== 'linux' || !(await hasGo())) return undefined;
  const folder = await goProgram({
    name: `lambda-emulator/${VERSION}-${process.arch}`,
    what: 'the Lambda emulator',
    program: `${MODULE}/cmd/aws-lambda-rie@${VERSION}`,
    flags: ['-ldflags=-s -w'],
    say: options.say ?? sayOnStderr,
  });
  return join(folder, 'aws-lambda-rie');
}

/** The same; says what is skipped where there is none. */
export async function emulatorFor(what: string): Promise<string | undefined> {
  const program = await ensureEmulator();
  if (program === undefined) {
    sayMissing(
      `Skipping ${what} under the emulator of AWS Lambda: building it needs Linux and Go`,
      'Install Go (https://go.dev/dl).',
    );
  }
  return program;
}

/** A running emulator with one function. */
export interface Emulator {
  /**
   * Invokes the function. The emulator starts it at the first call, and gives an answer back when the function has asked
   * for its next invocation: what it does between the two is over then.
   */
  invoke(event: unknown, options?: InvokeOptions): Promise<Answer>;
  /** What function and emulator have printed so far. */
  output(): string;
  /** SIGKILL for the function with everything that it has started. */
  killFunction(): Promise<void>;
  /** SIGTERM for the emulator, which ends the function as the platform would, and waits for its end. */
  terminate(): Promise<void>;
  /** Ends emulator and function. */
  stop(): Promise<void>;
}

/** Starts the emulator around the command and environment of a function. */
export async function startEmulator(
  program: string,
  { command, env, cwd }: FunctionProcess,
): Promise<Emulator> {
  const [port, runtimeApiPort] = [await freePort(), await freePort()];
  const child = spawn(
    program,
    [
      '--log-level=error',
      `--runtime-interface-emulator-address=127.0.0.1:${port}`,
      `--runtime-api-address=127.0.0.1:${runtimeApiPort}`,
      ...command,
      // Whatever comes last is the handler's name.
      env._HANDLER ?? '',
    ],
    { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  );
  child.on('error', () => {});
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const stopped = once(child, 'close').catch(() => {});
  const killFunction = async () => {
    // The emulator gives the function a process group of its own.
    for (const pid of await childrenOf(child.pid)) killGroup(pid);
  };
  const forget = undoAtExit(() => child.kill('SIGTERM'));
  await untilAnswering(port).catch((error: Error) => {
    throw new Error(`${error.message} The emulator printed:\n${output}`);
  });
  return {
    invoke: (event, options) => invokeAt(port, event, options),
    output: () => output,
    killFunction,
    async terminate() {
      child.kill('SIGTERM');
      await stopped;
    },
    async stop() {
      await killFunction();
      child.kill('SIGKILL');
      await stopped;
      forget();
    },
  };
}

/** Read from /proc: the emulator runs on Linux only, and `ps` is not everywhere. */
async function childrenOf(parent: number | undefined): Promise<number[]> {
  const children: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // The name of the command is in parentheses and may hold anything; state and parent follow it.
    const [, parentOfIt] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (parent !== undefined && Number(parentOfIt) === parent) children.push(Number(name));
  }
  return children;
}
