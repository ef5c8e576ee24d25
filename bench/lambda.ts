/**
 * What does a function pay for us: until its first answer, for an answer later, and in memory? Linux only: read from /proc.
 * With `--write` the table goes into docs/lambda.md as well.
 */
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { table, writeIntoDocs } from '../test-e2e/environment/docs-tables.ts';
import { functionProcess, startFunction } from '../test-e2e/environment/lambda-function.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../test-e2e/environment/lambda-runtime.ts';
import { startRuntimeApi } from '../test-e2e/environment/runtime-api.ts';
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { startTlsProxy } from '../test-e2e/kill-matrix/tls-proxy.ts';

const EXAMPLE = fileURLToPath(new URL('../apps/lambda-example/', import.meta.url));
const ROUNDS = 15;
const INVOCATIONS = 100;

const IMPORT = '--import @direct-logging/auto';
const REQUIRE = '--require @direct-logging/auto';

interface Cost {
  /** From the start of the process to the answer, for the caller. */
  readonly firstAnswerMs: number;
  /** Of an invocation later, for the caller. */
  readonly answerMs: number;
  /** Of all threads, from the start of the process until it asks for the second invocation. */
  readonly cpuMs: number;
  /** Resident, after the last invocation. */
  readonly memoryBytes: number;
}

const server = await startVictoriaLogs();
const proxy = await startTlsProxy(server.url);
const plain = { VICTORIALOGS_URL: server.url };
const encrypted = { VICTORIALOGS_URL: proxy.url, NODE_EXTRA_CA_CERTS: proxy.certificate };
const WAYS = [
  { title: 'without us', nodeOptions: undefined, env: {} },
  { title: '`--import`', nodeOptions: IMPORT, env: plain },
  { title: '`--require`', nodeOptions: REQUIRE, env: plain },
  { title: '`--import`, https', nodeOptions: IMPORT, env: encrypted },
];
try {
  const runtime = await ensureLambdaRuntime();
  const event = JSON.parse(await readFile(`${EXAMPLE}events/order.json`, 'utf8'));
  const costs = WAYS.map((): Cost[] => []);
  // They take turns, so that what disturbs the machine disturbs all of them.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, way] of WAYS.entries()) {
      costs[index]?.push(await measure(runtime, way, event));
    }
  }
  const least = costs.map(leastOf);
  const bare = least[0] as Cost;
  const rows = least.map(({ firstAnswerMs, answerMs, cpuMs, memoryBytes }, index) => [
    WAYS[index]?.title ?? '',
    beside(bare.firstAnswerMs, firstAnswerMs),
    beside(bare.cpuMs, cpuMs),
    beside(bare.answerMs, answerMs),
    `${Math.round(memoryBytes / 1e6)} MB`,
  ]);
  const text = table(
    ['', 'until the first answer', 'processor time of it', 'a later answer', 'memory'],
    rows,
  );
  console.log(text);
  if (process.argv.includes('--write')) await writeIntoDocs('lambda.md', 'costs', text);
} finally {
  await proxy.stop();
  await server.stop();
}

async function measure(
  runtime: LambdaRuntime,
  { nodeOptions, env }: (typeof WAYS)[number],
  event: unknown,
): Promise<Cost> {
  const api = await startRuntimeApi();
  const program = functionProcess({
    runtime,
    folder: EXAMPLE,
    handler: 'index.handler',
    nodeOptions,
    env,
  });
  const startedAt = performance.now();
  const running = await startFunction(program, api);
  try {
    await api.invoke(event);
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
    const answerMs = median(answers);
    return { firstAnswerMs, answerMs, cpuMs, memoryBytes: await residentBytes(running.pid) };
  } finally {
    await running.stop();
    await api.stop();
  }
}

/** Of all its threads. */
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

/** What other programs take from the machine only ever makes a run longer. */
function leastOf(costs: readonly Cost[]): Cost {
  const least = (name: keyof Cost) => Math.min(...costs.map((cost) => cost[name]));
  return {
    firstAnswerMs: least('firstAnswerMs'),
    answerMs: least('answerMs'),
    cpuMs: least('cpuMs'),
    memoryBytes: median(costs.map(({ memoryBytes }) => memoryBytes)),
  };
}

function beside(bareMs: number, ms: number): string {
  const text = ms < 10 ? ms.toFixed(1) : ms.toFixed(0);
  return ms === bareMs ? `${text} ms` : `${text} ms, ×${(ms / bareMs).toFixed(1)}`;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
