/** How cheap each thing should be. The benchmarks measure on Node 24, with the server up, unless a title says otherwise. */

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
  text: goal('`console.log` of text: what we add, beside what the baseline adds', '×', 1.8),
  json: goal('`console.log` of a JSON line: what we add, beside the plain call', '×', 1.5),
  jsonBaseline: goal(
    '`console.log` of a JSON line: what we add, beside what the baseline adds',
    '×',
    1.8,
  ),
  pinoDestination: goal('`pinoDestination`, beside pino alone', '×', 1.25),
  pinoAuto: goal('`auto` with pino on stdout, beside pino alone', '×', 1.7),
  winston: goal('winston transport, beside winston alone', '×', 1.3),
  manyLinesCpu: goal('300,000 pino lines: CPU of the program, beside the baseline', '×', 1.4),
  manyLinesMemory: goal('300,000 pino lines: peak memory', 'MB', 120),
  outageMemory: goal('2 million lines, server down: memory above bare', 'MB', 60),
  outageLine: goal('2 million lines, server down: added to a line', 'µs', 2),
  startImport20: goal('start, one line, `--import`, Node 20: added, beside the baseline', '×', 3),
  startRequire20: goal('start, one line, `--require`, Node 20: added, beside the baseline', '×', 3),
  startImport24: goal('start, one line, `--import`, Node 24: added, beside the baseline', '×', 3),
  startRequire24: goal('start, one line, `--require`, Node 24: added, beside the baseline', '×', 3),
  startOff: goal('start without `VICTORIALOGS_URL`: added', 'ms', 1.5),
  lambdaAnswer: goal('Lambda: the first answer later by', 'ms', 10),
  lambdaMemory: goal('Lambda: memory added', 'MB', 3),
  serverLine: goal("the server's CPU for a line, 8 × 200 a second in bursts of ten", 'µs', 25),
  httpsLine: goal('https: CPU of a line of a burst, above http', 'µs', 6),
  httpsFirst: goal('https: the first line of a process, later than through undici by', 'ms', 3),
  pathCalls: goal('calls from the hook to the descriptor, a line of text', '', 45),
  pathFiles: goal('files from the hook to the descriptor, a line of text', '', 12),
} as const;

function goal(title: string, unit: Goal['unit'], most: number): Goal {
  return { title, unit, goal: most };
}
