/**
 * What do we cost a function: at a cold start, also under the emulator of AWS, for a later answer, and in memory? Linux
 * only, since it reads /proc. The emulator needs Go. With `--write`, the table also goes into docs/lambda.md.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table, writeIntoDocs } from '../test-e2e/environment/docs-tables.ts';
import { ensureEmulator, startEmulator } from '../test-e2e/environment/emulator.ts';
import type { FunctionProcess } from '../test-e2e/environment/lambda-function.ts';
import { ensureLambdaRuntime } from '../test-e2e/environment/lambda-runtime.ts';
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { startTlsProxy } from '../test-e2e/kill-matrix/tls-proxy.ts';
import { benchFunction, type Cost, costOf, median } from './lambda/cost.ts';
import { cachedPreload } from './measure/cached-preload.ts';
import { roundsOr } from './measure/rounds.ts';
import { reportGoals } from './report/report.ts';

const EVENT = new URL('../apps/lambda-example/events/order.json', import.meta.url);
const ROUNDS = roundsOr(15);

const IMPORT = '--import @direct-logging/auto';
const REQUIRE = '--require @direct-logging/auto';

/** With the time of the first invocation under the emulator, which only then starts the function, as the caller sees it. */
interface EmulatedCost extends Cost {
  readonly emulatedMs: number;
}

/** The titles of the columns. */
const TITLES = {
  untilCodeMs: 'until its code runs',
  firstAnswerMs: 'until the first answer',
  cpuMs: 'processor time of it',
  emulatedMs: 'first answer, emulator',
  answerMs: 'a later answer',
};
const TIMES = Object.keys(TITLES) as (keyof typeof TITLES)[];

const folder = await mkdtemp(join(tmpdir(), 'direct-logging-bench-'));
const server = await startVictoriaLogs();
const proxy = await startTlsProxy(server.url);
const plain = { VICTORIALOGS_URL: server.url };
const encrypted = { VICTORIALOGS_URL: proxy.url, NODE_EXTRA_CA_CERTS: proxy.certificate };
const WAYS = [
  { title: 'without direct-logging', nodeOptions: undefined, env: {} },
  { title: '`--import`', nodeOptions: IMPORT, env: plain },
  { title: '`--require`', nodeOptions: REQUIRE, env: plain },
  { title: '`--import`, code cache', nodeOptions: `--import ${folder}/import.js`, env: plain },
  { title: '`--import`, https', nodeOptions: IMPORT, env: encrypted },
];
try {
  await cachedPreload(process.execPath, folder);
  const runtime = await ensureLambdaRuntime();
  const emulator = await ensureEmulator();
  if (emulator === undefined) console.log('No Go, so no emulator: its column stays empty.');
  const event = JSON.parse(await readFile(EVENT, 'utf8'));
  const costs = WAYS.map((): EmulatedCost[] => []);
  // The ways take turns, so that a disturbance of the machine affects all of them.
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [index, way] of WAYS.entries()) {
      const program = benchFunction(runtime, way);
      const emulatedMs =
        emulator === undefined ? Number.NaN : await emulated(emulator, program, event);
      costs[index]?.push({ emulatedMs, ...(await costOf(program, event)) });
    }
  }
  const least = costs.map(leastOf);
  const bare = least[0] as EmulatedCost;
  const rows = least.map((cost, index) => [
    WAYS[index]?.title ?? '',
    ...TIMES.map((name) => beside(bare[name], cost[name])),
    `${Math.round(cost.memoryBytes / 1e6)} MB`,
  ]);
  const text = table(['', ...TIMES.map((name) => TITLES[name]), 'memory'], rows);
  console.log(text);
  const imported = least[1] as EmulatedCost;
  const memory = (imported.memoryBytes - bare.memoryBytes) / 1e6;
  const lambdaAnswer = imported.firstAnswerMs - bare.firstAnswerMs;
  await reportGoals({ lambdaAnswer, lambdaMemory: memory }, { memory });
  if (process.argv.includes('--write')) {
    for (const page of ['lambda.md', 'lambda.ja.md']) await writeIntoDocs(page, 'costs', text);
  }
} finally {
  await proxy.stop();
  await server.stop();
  await rm(folder, { recursive: true });
}

/** The emulator starts the function at its first invocation, and answers when the function asks for the second. */
async function emulated(
  emulator: string,
  program: FunctionProcess,
  event: unknown,
): Promise<number> {
  const running = await startEmulator(emulator, program);
  try {
    const startedAt = performance.now();
    await running.invoke(event);
    return performance.now() - startedAt;
  } finally {
    await running.stop();
  }
}

/** Other programs on the machine can only make a run longer. */
function leastOf(costs: readonly EmulatedCost[]): EmulatedCost {
  const least = (name: keyof EmulatedCost) => Math.min(...costs.map((cost) => cost[name]));
  return {
    untilCodeMs: least('untilCodeMs'),
    firstAnswerMs: least('firstAnswerMs'),
    cpuMs: least('cpuMs'),
    emulatedMs: least('emulatedMs'),
    answerMs: least('answerMs'),
    memoryBytes: median(costs.map(({ memoryBytes }) => memoryBytes)),
  };
}

function beside(bareMs: number, ms: number): string {
  if (Number.isNaN(ms)) return '';
  const text = ms < 10 ? ms.toFixed(1) : ms.toFixed(0);
  return ms === bareMs ? `${text} ms` : `${text} ms, ×${(ms / bareMs).toFixed(1)}`;
}
