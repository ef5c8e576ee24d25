/** Runs the compared cases in turns, so that a disturbance of the machine affects all of them. */

/** The results of the runs of each case. */
export type Runs<Case, Run> = ReadonlyMap<Case, readonly Run[]>;

/** In each round, runs each case once. Prints a dot on stderr for each run. */
export async function inTurns<Case, Run>(
  rounds: number,
  cases: readonly Case[],
  run: (one: Case) => Promise<Run>,
): Promise<Runs<Case, Run>> {
  const runs = new Map<Case, Run[]>(cases.map((one) => [one, []]));
  for (let round = 0; round < rounds; round++) {
    for (const one of cases) {
      runs.get(one)?.push(await run(one));
      process.stderr.write('.');
    }
  }
  process.stderr.write('\n');
  return runs;
}

/** The least value among the runs of a case: other programs can only make a run longer. */
export function least<Case, Run>(
  runs: Runs<Case, Run>,
  value: (run: Run) => number,
): (one: Case) => number {
  return (one) => Math.min(...(runs.get(one) ?? []).map(value));
}

/** How many rounds the command line asks for: `--rounds=5`. */
export function roundsOr(usual: number): number {
  return Number(flag('rounds') ?? usual);
}

/** The value of `--name=value` on the command line. */
export function flag(name: string): string | undefined {
  const start = `--${name}=`;
  return process.argv.find((argument) => argument.startsWith(start))?.slice(start.length);
}
