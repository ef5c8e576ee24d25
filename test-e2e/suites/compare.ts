/** Runs a suite without and with direct-logging, and tells which of its tests never came to the same result. */
import type { Outcome, Runner, SuiteRun } from './runners.ts';

/** So often a file is run again whose tests went differently: some are flaky without direct-logging, too. */
const ATTEMPTS = 5;

/** How the two went. */
export interface Comparison {
  /** The tests with different results: `test/a.test.js name: pass without direct-logging, fail with direct-logging`. */
  readonly different: readonly string[];
  /** How many tests passed without direct-logging. */
  readonly passed: number;
}

/** Runs the files in both environments. */
export async function compare(
  runner: Runner,
  run: Omit<SuiteRun, 'env'>,
  envs: { readonly bare: Record<string, string>; readonly shipped: Record<string, string> },
): Promise<Comparison> {
  const bare = new Results();
  const shipped = new Results();
  let { files } = run;
  let different: readonly Difference[] = [];
  for (let attempt = 1; attempt <= ATTEMPTS && files.length > 0; attempt++) {
    bare.add(await runner({ ...run, files, env: envs.bare }));
    shipped.add(await runner({ ...run, files, env: envs.shipped }));
    different = differences(bare, shipped);
    files = [...new Set(different.map(({ file }) => file))];
  }
  return { different: different.map(({ text }) => text), passed: bare.passed };
}

interface Difference {
  readonly file: string;
  readonly text: string;
}

/** What each test came to in the runs so far, by its file and its name. */
class Results {
  readonly outcomes = new Map<string, { readonly file: string; readonly seen: Set<string> }>();

  get passed(): number {
    return [...this.outcomes.values()].filter(({ seen }) => PASSED.some((one) => seen.has(one)))
      .length;
  }

  add(outcomes: readonly Outcome[]): void {
    const met = new Map<string, number>();
    for (const { file, test, outcome } of outcomes) {
      const name = `${file} ${test}`;
      const count = met.get(name) ?? 0;
      met.set(name, count + 1);
      // Tests may have equal names.
      const key = count === 0 ? name : `${name} (${count + 1})`;
      const known = this.outcomes.get(key) ?? { file, seen: new Set() };
      this.outcomes.set(key, known);
      known.seen.add(outcome);
    }
  }
}

/** How the runners, and programs by their exit status, say so. */
const PASSED = ['pass', 'passed', 'ok', '✔', '0'];

function differences(bare: Results, shipped: Results): Difference[] {
  const keys = new Set([...bare.outcomes.keys(), ...shipped.outcomes.keys()]);
  return [...keys].flatMap((key) => {
    const [without, withUs] = [bare.outcomes.get(key), shipped.outcomes.get(key)];
    const isSame = [...(without?.seen ?? [])].some((outcome) => withUs?.seen.has(outcome));
    if (isSame) return [];
    const text = `${key}: ${say(without?.seen)} without direct-logging, ${say(withUs?.seen)} with direct-logging`;
    return [{ file: (without ?? withUs)?.file ?? '', text }];
  });
}

function say(outcomes: ReadonlySet<string> | undefined): string {
  return outcomes === undefined ? 'not there' : [...outcomes].join(' or ');
}
