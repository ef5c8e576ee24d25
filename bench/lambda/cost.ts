/** What a function costs: one run of it against the Runtime API. */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  type FunctionProcess,
  functionProcess,
  startFunction,
} from '../../test-e2e/environment/lambda-function.ts';
import type { LambdaRuntime } from '../../test-e2e/environment/lambda-runtime.ts';
import { startRuntimeApi } from '../../test-e2e/environment/runtime-api.ts';

const FOLDER = fileURLToPath(new URL('.', import.meta.url));
const INVOCATIONS = 100;

export interface Cost {
  /** From the start of the process until the function's own code runs. */
  readonly untilCodeMs: number;
  /** From the start of the process to the answer, as the caller sees it. */
  readonly firstAnswerMs: number;
  /** Time of a later invocation, as the caller sees it. */
  readonly answerMs: number;
  /** Processor time of all threads, from the start of the process until it asks for the second invocation. */
  readonly cpuMs: number;
  /** Resident memory after the last invocation. */
  readonly memoryBytes: number;
}

/** How a function is started. */
export interface Way {
  readonly nodeOptions: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

/** The function of the benchmark. */
export function benchFunction(runtime: LambdaRuntime, { nodeOptions, env }: Way): FunctionProcess {
  return functionProcess({
    runtime,
    folder: FOLDER,
    handler: 'function.handler',
    nodeOptions,
    env,
  });
}

/** The costs of one run: of a start, and of a hundred invocations after it. */
export async function costOf(program: FunctionProcess, event: unknown): Promise<Cost> {
  const api = await startRuntimeApi();
  const startedAt = performance.now();
  const running = await startFunction(program, api);
  try {
    const { body } = await api.invoke(event);
    const firstAnswerMs = performance.now() - startedAt;
    await api.untilIdle();
    const cpuMs = await processorMs(running.pid);
    const answers: number[] = [];
    for (let n = 0; n < INVOCATIONS; n += 1) {
      const askedAt = performance.now();
      await api.invoke(event);
      answers.push(performance.now() - askedAt);
      await api.untilIdle();
    }
    return {
      untilCodeMs: JSON.parse(body).untilCodeMs,
      firstAnswerMs,
      cpuMs,
      answerMs: median(answers),
      memoryBytes: await residentBytes(running.pid),
    };
  } finally {
    await running.stop();
    await api.stop();
  }
}

/** The processor time of all its threads. */
async function processorMs(pid: number): Promise<number> {
  let nanoseconds = 0;
  for (const thread of await readdir(`/proc/${pid}/task`)) {
    const stat = await readFile(`/proc/${pid}/task/${thread}/schedstat`, 'utf8');
    nanoseconds += Number(stat.split(' ')[0]);
  }
  return nanoseconds / 1e6;
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

/** The middle one of these values. */
export function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
