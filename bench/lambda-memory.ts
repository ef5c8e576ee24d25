/** How much memory does a function need more with us? Linux only: read from /proc. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { functionProcess, startFunction } from '../test-e2e/environment/lambda-function.ts';
import { ensureLambdaRuntime, type LambdaRuntime } from '../test-e2e/environment/lambda-runtime.ts';
import { startRuntimeApi } from '../test-e2e/environment/runtime-api.ts';
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';

const EXAMPLE = fileURLToPath(new URL('../apps/lambda-example/', import.meta.url));
const ROUNDS = 7;
const INVOCATIONS = 100;

const WAYS = {
  'without us': undefined,
  '--import': '--import @direct-logging/auto',
  '--require': '--require @direct-logging/auto',
};
type Way = keyof typeof WAYS;
const ways = Object.keys(WAYS) as Way[];

const server = await startVictoriaLogs();
try {
  const runtime = await ensureLambdaRuntime();
  const event = JSON.parse(await readFile(`${EXAMPLE}events/order.json`, 'utf8'));
  const measured = new Map<Way, number[][]>(ways.map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const way of ways) measured.get(way)?.push(await measure(runtime, way, event));
  }
  console.log(`Resident memory of the example in MB, median of ${ROUNDS}`);
  console.log(`${''.padEnd(12)} first invocation   ${INVOCATIONS} invocations`);
  for (const way of ways) {
    const [first, later] = [0, 1].map((column) =>
      median((measured.get(way) ?? []).map((row) => row[column] ?? 0)),
    );
    console.log(`${way.padEnd(12)} ${megabytes(first)}  ${megabytes(later)}`);
  }
} finally {
  await server.stop();
}

/** Resident memory in bytes after the first and after the last invocation. */
async function measure(runtime: LambdaRuntime, way: Way, event: unknown): Promise<number[]> {
  const api = await startRuntimeApi();
  const running = await startFunction(
    functionProcess({
      runtime,
      folder: EXAMPLE,
      handler: 'index.handler',
      nodeOptions: WAYS[way],
      env: { VICTORIALOGS_URL: server.url },
    }),
    api,
  );
  try {
    const resident = [];
    for (let n = 1; n <= INVOCATIONS; n += 1) {
      await api.invoke(event);
      await api.untilIdle();
      if (n === 1 || n === INVOCATIONS) resident.push(await residentBytes(running.pid));
    }
    return resident;
  } finally {
    await running.stop();
    await api.stop();
  }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1]) * 1024;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function megabytes(bytes = 0): string {
  return (bytes / 1e6).toFixed(1).padStart(16);
}
