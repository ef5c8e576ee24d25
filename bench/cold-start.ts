/** What does a cold start cost with us? The first invocation under the emulator of AWS Lambda, which needs Linux and Go. */
import { ensureEmulator, startEmulator } from '../test-e2e/environment/emulator.ts';
import { functionProcess } from '../test-e2e/environment/lambda-function.ts';
import { ensureLambdaRuntime } from '../test-e2e/environment/lambda-runtime.ts';
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';

const ROUNDS = 15;

const WAYS = {
  'without us': undefined,
  '--import': '--import @direct-logging/auto',
  '--require': '--require @direct-logging/auto',
};
type Way = keyof typeof WAYS;
const ways = Object.keys(WAYS) as Way[];

/** In milliseconds. */
const COLUMNS = {
  firstInvocationMs: 'first invocation',
  untilCodeMs: 'until its code runs',
  processorMs: 'processor until then',
};
type Column = keyof typeof COLUMNS;
const columns = Object.keys(COLUMNS) as Column[];

const emulator = await ensureEmulator();
if (emulator === undefined) throw new Error('Building the emulator needs Linux and Go.');
const runtime = await ensureLambdaRuntime();
const server = await startVictoriaLogs();
try {
  const measured = new Map<Way, Record<Column, number>[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    // In turns, so that what else the machine does meets all of them.
    for (const way of ways) measured.get(way)?.push(await coldStart(emulator, way));
  }
  console.log(`Cold start in ms on Node ${process.versions.node}, median of ${ROUNDS}`);
  console.log(`${''.padEnd(12)}${columns.map((name) => COLUMNS[name].padStart(24)).join('')}`);
  const bare = mediansOf(measured.get('without us'));
  for (const way of ways) {
    const medians = mediansOf(measured.get(way));
    const cells = columns.map((name) => {
      const more = medians[name] - bare[name];
      return `${medians[name].toFixed(1)} (+${more.toFixed(1)})`.padStart(24);
    });
    console.log(`${way.padEnd(12)}${cells.join('')}`);
  }
} finally {
  await server.stop();
}

/** The emulator starts the function at its first invocation. */
async function coldStart(program: string, way: Way): Promise<Record<Column, number>> {
  const running = await startEmulator(
    program,
    functionProcess({
      runtime,
      folder: import.meta.dirname,
      handler: 'cold-start-function.handler',
      nodeOptions: WAYS[way],
      env: { VICTORIALOGS_URL: server.url },
    }),
  );
  try {
    const startedAt = performance.now();
    const { body } = await running.invoke({});
    return { firstInvocationMs: performance.now() - startedAt, ...JSON.parse(body) };
  } finally {
    await running.stop();
  }
}

function mediansOf(rows: readonly Record<Column, number>[] = []): Record<Column, number> {
  const median = (name: Column) => {
    const sorted = rows.map((row) => row[name]).sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  };
  return {
    firstInvocationMs: median('firstInvocationMs'),
    untilCodeMs: median('untilCodeMs'),
    processorMs: median('processorMs'),
  };
}
