/** Rounds of the fuzz, one seed after the other, some at once, until the time is over; a failure is shrunk and shown. */
import type { NodeMajor } from '../environment/nodes.ts';
import type { Say } from '../environment/progress.ts';
import { judge, type Verdict } from './judge.ts';
import { linesOf, type Plan, planFor } from './plan.ts';
import { type RoundFacts, runPlan } from './run-plan.ts';
import { shrink } from './shrink.ts';

/** What to do. */
export interface FuzzOptions {
  /** Seed of the first round; each further round has the next one. */
  readonly seed: number;
  /** Bounds it; a round that has begun is finished. Default: no bound. */
  readonly minutes?: number | undefined;
  /** Bounds it, too. Default: no bound. */
  readonly rounds?: number | undefined;
  /** Rounds at the same time. Most of a round is waiting. Default: 2. */
  readonly atOnce?: number | undefined;
  /** How long a failure may be shrunk. Default: 2 minutes. */
  readonly shrinkMs?: number | undefined;
  /** Counts only what fails again within five further runs of the same plan; what does not is told. Default: false. */
  readonly mustRepeat?: boolean | undefined;
  readonly nodes: readonly NodeMajor[];
  readonly say: Say;
}

/** What came of it. */
export interface FuzzResult {
  readonly rounds: number;
  readonly programs: number;
  readonly lines: number;
  /** Exit statuses and signals of the stops of a server, with how often there were. */
  readonly stops: Readonly<Record<string, number>>;
  /** Exceptions that were needed, with how often they were. */
  readonly excused: Readonly<Record<string, number>>;
  /** Each failure, ready to be read. */
  readonly failures: readonly string[];
}

const PROGRESS_MS = 15_000;
const SHRINK_MS = 120_000;
/** What fails now and then must fail once in so many runs to be taken for a smaller failure. */
const TRIES = 2;

/** Runs them. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { seed, minutes = Number.POSITIVE_INFINITY, rounds = Number.POSITIVE_INFINITY } = options;
  const deadline = performance.now() + minutes * 60_000;
  const totals = new Totals();
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < rounds && performance.now() < deadline) {
      const plan = planFor(seed + next, options.nodes);
      const title = `seed ${seed + next++}`;
      const failure = await oneRound(plan, title, totals, options);
      if (failure === undefined) continue;
      totals.failures.push(failure);
      options.say(failure);
    }
  };
  const progress = setInterval(() => options.say(totals.progress()), PROGRESS_MS);
  try {
    await Promise.all(Array.from({ length: options.atOnce ?? 2 }, work));
  } finally {
    clearInterval(progress);
  }
  return totals;
}

/** What the violations are, what the plan was shrunk to, and how both are repeated. Undefined when all holds. */
async function oneRound(
  plan: Plan,
  title: string,
  totals: Totals,
  { shrinkMs = SHRINK_MS, mustRepeat = false, say }: FuzzOptions,
): Promise<string | undefined> {
  const facts = await runPlan(plan);
  const verdict = judge(facts);
  totals.add(facts, verdict);
  if (verdict.violations.length === 0) return undefined;
  if (mustRepeat && !(await failsAgain(plan))) {
    say(`${title} failed once, and held ${REPEATS} times after it:\n${described(verdict)}`);
    return undefined;
  }
  say(`${title} fails, and is shrunk for up to ${shrinkMs / 1_000} s:\n${described(verdict)}`);
  const deadline = performance.now() + shrinkMs;
  const rules = new Set(verdict.violations.map(({ rule }) => rule));
  let latest = verdict;
  const fails = async (smaller: Plan): Promise<boolean> => {
    for (let time = 0; time < TRIES && performance.now() < deadline; time++) {
      const now = judge(await runPlan(smaller));
      if (!now.violations.some(({ rule }) => rules.has(rule))) continue;
      latest = now;
      return true;
    }
    return false;
  };
  const smallest = await shrink(plan, fails, () => performance.now() >= deadline);
  return [
    `${title} fails:`,
    described(latest),
    `Repeat it: node test-e2e/fuzz/fuzz.ts --rounds 1 --${title}`,
    `Shrunk:    node test-e2e/fuzz/fuzz.ts --times 5 --plan '${JSON.stringify(smallest)}'`,
  ].join('\n');
}

async function failsAgain(plan: Plan): Promise<boolean> {
  for (let time = 0; time < REPEATS; time++) {
    if (judge(await runPlan(plan)).violations.length > 0) return true;
  }
  return false;
}

const REPEATS = 5;

/** Runs one plan some times, and says what became of each. */
export async function repeat(plan: Plan, times: number, say: Say): Promise<FuzzResult> {
  const totals = new Totals();
  for (let time = 1; time <= times; time++) {
    const facts = await runPlan(plan);
    const verdict = judge(facts);
    totals.add(facts, verdict);
    const held = verdict.violations.length === 0;
    say(`run ${time} of ${times}: ${held ? 'all holds' : `fails\n${described(verdict)}`}`);
    if (!held) totals.failures.push(described(verdict));
  }
  return totals;
}

function described({ violations }: Verdict): string {
  return violations
    .map(({ rule, program, text }) => {
      const where = program === undefined ? 'the server' : `program ${program}`;
      return `  not true of ${where}: ${rule}\n    ${text}`;
    })
    .join('\n');
}

class Totals implements FuzzResult {
  rounds = 0;
  programs = 0;
  lines = 0;
  readonly stops: Record<string, number> = {};
  readonly excused: Record<string, number> = {};
  readonly failures: string[] = [];

  add({ plan, serverTroubles }: RoundFacts, { excused }: Verdict): void {
    this.rounds++;
    this.programs += plan.programs.length;
    for (const { steps } of plan.programs) this.lines += linesOf(steps);
    for (const { kind, end } of serverTroubles) {
      if (kind !== 'kill' && end) count(this.stops, `status ${end.code ?? end.signal}`);
    }
    for (const name of excused) count(this.excused, name);
  }

  progress(): string {
    const { rounds, programs, lines, failures } = this;
    return `${rounds} rounds, ${programs} programs, ${lines} lines, ${failures.length} failures`;
  }
}

function count(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1;
}
