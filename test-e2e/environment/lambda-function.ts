/** A function under the real runtime client: the command and environment that the platform would start it with. */
import type { ChildProcess } from 'node:child_process';
import type { LambdaRuntime } from './lambda-runtime.ts';
import { bareEnvironment, type ProgramRun, runProgram } from './run-program.ts';
import type { RuntimeApi } from './runtime-api.ts';

/** Name of the function that demo and tests run. */
export const FUNCTION_NAME = 'lambda-hello';

/** What to run. */
export interface FunctionOptions {
  readonly runtime: Pick<LambdaRuntime, 'entry' | 'standIn' | 'takesHandler'>;
  /** The folder that has the handler and its packages: the working directory, as in Lambda. */
  readonly folder: string;
  /** `file.export`. */
  readonly handler: string;
  /** What the function's configuration has in NODE_OPTIONS. Default: nothing. */
  readonly nodeOptions?: string | undefined;
  /** Further variables of the function's configuration. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Default: the Node that runs this. */
  readonly node?: string | undefined;
}

/** How its process is started. */
export interface FunctionProcess {
  readonly command: readonly [node: string, entry: string, ...args: string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Command and environment for a Runtime API that adds its own address. */
export function functionProcess(options: FunctionOptions): FunctionProcess {
  return {
    command: [
      options.node ?? process.execPath,
      options.runtime.entry,
      ...(options.runtime.takesHandler ? [options.handler] : []),
    ],
    cwd: options.folder,
    env: { ...bareEnvironment(), ...functionEnvironment(options), ...options.env },
  };
}

/** What the platform and the function's configuration put into the environment. */
export function functionEnvironment({
  runtime,
  folder,
  handler,
  nodeOptions,
}: FunctionOptions): Record<string, string> {
  // The stand-in first: a hook that is loaded after it sees an addon like any other.
  const standIn = runtime.standIn === undefined ? [] : [`--require "${runtime.standIn}"`];
  return {
    AWS_LAMBDA_FUNCTION_NAME: FUNCTION_NAME,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${FUNCTION_NAME}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]0123456789abcdef',
    LAMBDA_TASK_ROOT: folder,
    _HANDLER: handler,
    NODE_OPTIONS: [...standIn, ...(nodeOptions === undefined ? [] : [nodeOptions])].join(' '),
  };
}

/** A function that runs against our Runtime API. */
export interface RunningFunction {
  readonly pid: number;
  /** Sends a signal to its process. */
  signal(signal: NodeJS.Signals): void;
  /** How it ended, with what it printed. */
  readonly ended: Promise<ProgramRun>;
  /** SIGKILL, and waits for the end. */
  stop(): Promise<ProgramRun>;
}

/** Starts it. */
export async function startFunction(
  { command, cwd, env }: FunctionProcess,
  api: RuntimeApi,
): Promise<RunningFunction> {
  const [node, ...args] = command;
  let ended: Promise<ProgramRun> | undefined;
  const child = await new Promise<ChildProcess>((onStart, reject) => {
    ended = runProgram({
      node,
      args,
      cwd,
      env: { ...env, AWS_LAMBDA_RUNTIME_API: api.address },
      timeoutMs: 120_000,
      onStart,
    });
    ended.catch(reject);
  });
  if (ended === undefined || child.pid === undefined) throw new Error('The function has no pid.');
  ended.then(api.functionEnded, api.functionEnded);
  const run = ended;
  return {
    pid: child.pid,
    signal: (signal) => child.kill(signal),
    ended: run,
    stop() {
      child.kill('SIGKILL');
      return run;
    },
  };
}
