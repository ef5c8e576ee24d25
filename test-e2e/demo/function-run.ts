/** Runs the example function for the demo: a few invocations, and SIGKILL right after the last answer. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { ensureEmulator, startEmulator } from '../environment/emulator.ts';
import {
  FUNCTION_NAME,
  type FunctionProcess,
  functionProcess,
  startFunction,
} from '../environment/lambda-function.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../environment/lambda-runtime.ts';
import type { Say } from '../environment/progress.ts';
import { type Answer, type InvokeOptions, startRuntimeApi } from '../environment/runtime-api.ts';

/** What happened. */
export interface FunctionRun {
  /** How many messages the function has printed. */
  readonly printed: number;
  readonly requestIds: readonly string[];
  readonly traceIds: readonly string[];
}

/** An event as API Gateway sends it, as far as it is read here. */
export interface OrderEvent {
  readonly headers: { readonly traceparent: string };
}

/** How the function is run. */
export interface RunOptions {
  readonly say: Say;
  /** Waited for between two invocations. Default: nothing. */
  readonly between?: () => Promise<void>;
  /** The folder of the function. Default: where it is in this repository. */
  readonly folder?: string;
  /** Flags of Node besides the preload. Default: none. */
  readonly flags?: string;
}

/** Whoever runs the function: the emulator, or our own Runtime API. */
interface Platform {
  readonly how: string;
  invoke(event: unknown, options: InvokeOptions): Promise<Answer>;
  kill(): Promise<void>;
  /** Everything that the function has printed. */
  output(): string;
  stop(): Promise<void>;
}

/** The folder of the function. */
export const EXAMPLE = fileURLToPath(new URL('../../apps/lambda-example/', import.meta.url));
const PRELOAD = import.meta.resolve('@direct-logging/auto');
/** `file.export` in it. */
export const HANDLER = 'index.handler';
/** What its configuration has besides the address of VictoriaLogs. */
export const SETTINGS = { LOG_LEVEL: 'DEBUG' };

const EVENTS = ['order', 'large-order', 'unknown-article'] as const;

/** Every line of the runtime client begins with time and request id; newlines of a message are `\r` in it. */
const PRINTED_MESSAGE = /^\d{4}-\d\d-\d\dT[\d:.]+Z\t/gm;

/** The events of the example. */
export async function events(): Promise<OrderEvent[]> {
  return Promise.all(
    EVENTS.map(async (name) => JSON.parse(await readFile(`${EXAMPLE}events/${name}.json`, 'utf8'))),
  );
}

/** What runs functions. */
export interface Parts {
  readonly runtime: LambdaRuntime;
  /** The program of the emulator; undefined where it cannot be built. */
  readonly emulator: string | undefined;
}

/** Built at the same time on the first call: one downloads while the other compiles. */
export async function ensureParts(say: Say): Promise<Parts> {
  const [runtime, emulator] = await Promise.all([
    ensureLambdaRuntime({ say }),
    ensureEmulator({ say }),
  ]);
  return { runtime, emulator };
}

/** Finds the records of a run that begins at this time. */
export function queryFor(since: Date): string {
  return `{container_name="${FUNCTION_NAME}"} _time:>=${since.toISOString()} | sort by (_time)`;
}

/** Invokes the function once for each event, kills it, and says so. */
export async function runFunction(
  victoriaLogsUrl: string,
  parts: Parts,
  invocations: readonly OrderEvent[],
  options: RunOptions,
): Promise<FunctionRun> {
  const { say, between } = options;
  const platform = await startPlatform(victoriaLogsUrl, parts, options);
  say(`Function apps/lambda-example: ${platform.how}`);
  const requestIds = invocations.map(() => crypto.randomUUID());
  try {
    for (const [index, event] of invocations.entries()) {
      const startedAt = performance.now();
      const answer = await platform.invoke(event, { requestId: requestIds[index] });
      const tookMs = Math.round(performance.now() - startedAt);
      const isLast = index === invocations.length - 1;
      if (isLast) await platform.kill();
      say(`  invocation ${index + 1}: status ${statusOf(answer, platform)}, ${tookMs} ms`);
      if (!isLast) await between?.();
    }
    say('  killed with SIGKILL right after its last answer');
  } finally {
    await platform.stop();
  }
  return {
    printed: platform.output().match(PRINTED_MESSAGE)?.length ?? 0,
    requestIds,
    traceIds: invocations.map(({ headers }) => headers.traceparent.split('-')[1] ?? ''),
  };
}

/** The queries that are shown with their counts. */
export function exampleQueries({ requestIds, traceIds }: FunctionRun): string[] {
  return [
    '{stream="stdout"}',
    `container_name:"${FUNCTION_NAME}"`,
    'level:"ERROR"',
    `trace_id:"${traceIds[0]}"`,
    `aws_request_id:"${requestIds.at(-1)}"`,
    `{container_name="${FUNCTION_NAME}"} | sort by (_time)`,
  ];
}

async function startPlatform(
  victoriaLogsUrl: string,
  { runtime, emulator }: Parts,
  { folder = EXAMPLE, flags = '' }: RunOptions,
): Promise<Platform> {
  const program = functionProcess({
    runtime,
    folder,
    handler: HANDLER,
    nodeOptions: `--import ${PRELOAD} ${flags}`,
    env: { ...SETTINGS, VICTORIALOGS_URL: victoriaLogsUrl },
  });
  return emulator === undefined ? onRuntimeApi(program) : onEmulator(emulator, program);
}

async function onEmulator(path: string, program: FunctionProcess): Promise<Platform> {
  const emulator = await startEmulator(path, program);
  return {
    how: 'on the emulator of AWS Lambda',
    invoke: emulator.invoke,
    kill: emulator.killFunction,
    output: emulator.output,
    stop: emulator.stop,
  };
}

async function onRuntimeApi(program: FunctionProcess): Promise<Platform> {
  const api = await startRuntimeApi();
  const running = await startFunction(program, api);
  let output = '';
  const end = async () => {
    output = (await running.stop()).stdout;
  };
  return {
    how: 'on a small Runtime API of our own, because the emulator of AWS Lambda needs Linux and Go',
    invoke: api.invoke,
    kill: end,
    output: () => output,
    async stop() {
      await end();
      await api.stop();
    },
  };
}

function statusOf({ kind, body }: Answer, platform: Platform): number {
  const { statusCode } = (kind === 'response' ? JSON.parse(body || '{}') : {}) as {
    statusCode?: number;
  };
  if (statusCode !== undefined) return statusCode;
  throw new Error(`the function has given no answer (${kind}). It printed:\n${platform.output()}`);
}
