/**
 * What do the parts of a function's cold start cost? Each is found by removing it, and all that comes after it, from the preload. Linux
 * only, since it reads /proc.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureLambdaRuntime } from '../test-e2e/environment/lambda-runtime.ts';
import { startVictoriaLogs } from '../test-e2e/environment/victorialogs.ts';
import { benchFunction, type Cost, costOf, median, type Way } from './lambda/cost.ts';
import { inTurns, least, roundsOr } from './measure/rounds.ts';
import { beside } from './measure/told.ts';
import { preloadWith } from './removal/product.ts';
import { fixed, report } from './report/report.ts';
import { REMOVALS } from './start/parts.ts';

const EVENT = new URL('../apps/lambda-example/events/order.json', import.meta.url);
/** A function waits for its lines before it answers, so these are removed together. */
const LINES = REMOVALS.findIndex(({ part }) => part.startsWith('encoding'));

const folder = mkdtempSync(join(tmpdir(), 'direct-logging-bench-'));
const server = await startVictoriaLogs();
try {
  const runtime = await ensureLambdaRuntime();
  const event = JSON.parse(readFileSync(EVENT, 'utf8'));
  const withUrl = { VICTORIALOGS_URL: server.url };
  const importing = (file: string, env: Way['env']): Way => ({
    nodeOptions: `--import ${file}`,
    env,
  });
  const whole = join(folder, 'whole');
  await preloadWith([], whole);
  const rest = REMOVALS.slice(LINES);
  const variants: Way[] = [importing(`${whole}/import.js`, withUrl)];
  for (const [at] of rest.entries()) {
    const to = join(folder, String(at));
    await preloadWith(REMOVALS.slice(0, LINES + at + 1), to);
    variants.push(importing(`${to}/import.js`, withUrl));
  }
  variants.push(
    importing(`${whole}/import.js`, {}),
    importing(beside(import.meta, 'baseline/empty.mjs'), {}),
    { nodeOptions: undefined, env: {} },
  );
  const parts = [
    'its lines: encoding, sending, and waiting for them before each answer',
    ...rest.slice(1).map(({ part }) => part),
    'reading, compiling and running the first file',
    'the two files before the first',
    "Node's `--import` of an empty file",
  ];
  const runs = await inTurns(roundsOr(12), variants, (way) =>
    costOf(benchFunction(runtime, way), event),
  );
  const answer = least(runs, ({ firstAnswerMs }: Cost) => firstAnswerMs);
  const cpu = least(runs, ({ cpuMs }: Cost) => cpuMs);
  const memory = (way: Way) => median((runs.get(way) ?? []).map((run) => run.memoryBytes)) / 1e6;
  const row = (name: string, from: number, to: number): string[] => {
    const [left, right] = [variants[from] as Way, variants[to] as Way];
    return [
      name,
      `${fixed(answer(left) - answer(right))} ms`,
      `${fixed(cpu(left) - cpu(right))} ms`,
      `${fixed(memory(left) - memory(right))} MB`,
    ];
  };
  await report({
    name: 'removal-lambda',
    page: 'decisions/cost-of-a-line.md',
    head: ['', 'the first answer later by', 'CPU until then', 'memory after 101 invocations'],
    rows: [
      ...parts.map((name, at) => row(name, at, at + 1)).reverse(),
      row('all', 0, variants.length - 1),
    ],
  });
} finally {
  await server.stop();
  rmSync(folder, { recursive: true });
}
