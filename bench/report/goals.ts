/** How cheap each thing should be. The benchmarks measure on Node 24, with the server up, unless a title
 * says otherwise. */

/** One goal. The measured value should not be above it. */
export interface Goal {
  readonly title: string;
  readonly unit: '×' | 'µs' | 'ms' | 'MB' | '';
  readonly goal: number;
}

/** The name of a goal. */
export type GoalName = keyof typeof GOALS;

/** In the order of the table. */
export const GOALS = {
  text: goal('`console.log` of text: what we add, beside what the baseline adds', '×', 1.4),
  json: goal('`console.log` of a JSON line: what we add, beside what the baseline adds', '×', 1.5),
  pinoAuto: goal(
    '`auto` with pino on stdout: what we add, beside what the baseline adds',
    '×',
    1.35,
  ),
  pinoDestination: goal('`pinoDestination`, beside pino on stdout', '×', 1),
  winstonAuto: goal('`auto` with winston on its Console, beside winston alone', '×', 1.8),
  winston: goal('winston transport, beside winston on a stream that drops all', '×', 1.65),
  manyLinesCpu: goal('300,000 pino lines: CPU of the program, beside the baseline', '×', 1.4),
  manyLinesMemory: goal('300,000 pino lines: peak memory', 'MB', 110),
  outageMemory: goal('2 million lines of any kind, server down: memory above bare', 'MB', 60),
  outageLine: goal('2 million lines, server down: added to a line', 'µs', 2),
  startImport: goal('start, one line, `--import`: added, beside an empty `--import`', 'ms', 15),
  startCached: goal('the same with the code cache', 'ms', 10),
  startOff: goal('start without `VICTORIALOGS_URL`: added', 'ms', 1.5),
  lambdaAnswer: goal('Lambda: the first answer later by', 'ms', 10),
  lambdaMemory: goal('Lambda: memory added', 'MB', 3),
  serverBursts: goal(
    "the server's CPU for a line, 8 × 200 a second in bursts of ten, beside the baseline",
    '×',
    1.15,
  ),
  serverLone: goal('the same for 32 × 20 lone lines a second', '×', 1.5),
  serverMany: goal('the same for 64 × 40 lone lines a second', '×', 1.5),
  httpsLine: goal('https: CPU of a line of a burst, above http', 'µs', 6),
  httpsFirst: goal('https: the first line of a process, later than through undici by', 'ms', 3),
  pathCalls: goal('calls from the hook to the descriptor, a line of text', '', 55),
  pathFiles: goal('files from the hook to the descriptor, a line of text', '', 16),
} as const;

function goal(title: string, unit: Goal['unit'], most: number): Goal {
  return { title, unit, goal: most };
}
