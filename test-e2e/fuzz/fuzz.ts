/**
 * The fuzz on its own: `node test-e2e/fuzz/fuzz.ts [--minutes 10] [--seed 123] [--rounds N] [--at-once 2] [--must-repeat]`,
 * or one plan again: `--plan JSON [--times 5]`. The last line is `N passed, N failed`, in rounds.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { findNodes, NODE_MAJORS } from '../environment/nodes.ts';
import { sayOnStderr as say } from '../environment/progress.ts';
import { buildVictoriaLogs, findVictoriaLogs } from '../environment/victorialogs-binary.ts';
import type { Plan } from './plan.ts';
import { type FuzzResult, fuzz, repeat } from './rounds.ts';

const text = { type: 'string' } as const;
const { values } = parseArgs({
  options: {
    minutes: text,
    seed: text,
    rounds: text,
    'at-once': text,
    plan: text,
    times: text,
    'shrink-seconds': text,
    'must-repeat': { type: 'boolean' },
  },
});

// As a process where that can be had: a container for each round would take longer.
const binary = (await findVictoriaLogs()) ?? (await buildVictoriaLogs(say));
if (binary !== undefined) process.env.VICTORIALOGS_BINARY = binary.path;
const result = await run();
show(result);
// At a natural end, Node can spin for ever while it takes itself apart, as in https://github.com/nodejs/node/issues/47748
process.exit(result.failures.length === 0 ? 0 : 1);

async function run(): Promise<FuzzResult> {
  if (values.plan !== undefined) {
    return repeat(JSON.parse(values.plan) as Plan, Number(values.times ?? 1), say);
  }
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  const found = await findNodes(NODE_MAJORS, say);
  const nodes = found.filter(({ node }) => node !== undefined).map(({ major }) => major);
  say(`The fuzz begins with seed ${seed}`);
  return fuzz({
    seed,
    minutes: Number(values.minutes ?? (values.rounds === undefined ? 10 : 60)),
    rounds: values.rounds === undefined ? undefined : Number(values.rounds),
    atOnce: Number(values['at-once'] ?? 2),
    mustRepeat: values['must-repeat'],
    shrinkMs: Number(values['shrink-seconds'] ?? 120) * 1_000,
    nodes,
    say,
  });
}

function show({ rounds, programs, lines, stops, excused, failures }: FuzzResult): void {
  console.log(`${programs} programs wrote ${lines} lines.`);
  console.log(`Stops of a server: ${JSON.stringify(stops)}`);
  console.log(`Known exceptions met: ${JSON.stringify(excused)}`);
  console.log(`${rounds - failures.length} passed, ${failures.length} failed`);
}
