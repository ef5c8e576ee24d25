/** Prints what a benchmark has measured. With `--write`, also writes it into docs/performance.md, and plots into docs/plots. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { table, writeIntoDocs } from '../../test-e2e/environment/docs-tables.ts';
import { GOALS, type GoalName } from './goals.ts';
import { draw, type Plot } from './plot.ts';
import { type Facts, summary, writeIntoReadme } from './summary.ts';

/** What a benchmark has found out. */
export interface Report {
  /** Its name, and that of its part of the page. */
  readonly name: string;
  /** The page of `docs/`. Default: `performance.md`. */
  readonly page?: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Plots by the names of their files. */
  readonly plots?: Readonly<Record<string, Plot>>;
  /** False: the plots stand elsewhere on the page. Default: above the table. */
  readonly showsPlots?: false;
  /** The measured values, in the unit of each goal. */
  readonly goals?: Partial<Readonly<Record<GoalName, number>>>;
  /** The measured values that a user asks for. */
  readonly facts?: Facts;
}

type Measured = Partial<Record<GoalName, number>>;

/** What was measured last. */
interface Kept {
  readonly goals: Measured;
  readonly facts: Facts;
}

const writes = process.argv.includes('--write');

const PLOTS = new URL('../../docs/plots/', import.meta.url);
/** The last measured values, so that one benchmark alone can write its part of what all of them have found. */
const KEPT = new URL('./measured.json', import.meta.url);

/** Prints the report. With `--write`, also writes it. */
export async function report(given: Report): Promise<void> {
  const { name, page = 'performance.md', head, rows, plots = {}, goals = {}, facts = {} } = given;
  const measured = table(head, rows);
  console.log(`\n${measured}`);
  await reportGoals(goals, facts);
  if (!writes) return;
  const images = Object.entries(given.showsPlots === false ? {} : plots).map(
    ([file, { title }]) => `![${title}](plots/${file}.svg)`,
  );
  await writeIntoDocs(page, name, [...images, measured].join('\n\n'));
  await mkdir(PLOTS, { recursive: true });
  for (const [file, plot] of Object.entries(plots)) {
    await writeFile(new URL(`${file}.svg`, PLOTS), await draw(plot));
  }
}

/** Prints the measured values of the goals. With `--write`, also writes them, and the summary for users. */
export async function reportGoals(goals: Measured, facts: Facts = {}): Promise<void> {
  if (Object.keys(goals).length === 0) return;
  console.log(`\n${goalTable(goals)}`);
  if (!writes) return;
  const kept: Kept = JSON.parse(await readFile(KEPT, 'utf8'));
  const all: Kept = { goals: { ...kept.goals, ...goals }, facts: { ...kept.facts, ...facts } };
  await writeFile(KEPT, `${JSON.stringify(all, null, 2)}\n`);
  await writeIntoDocs('performance.md', 'goals', goalTable(all.goals));
  await writeIntoDocs('performance.md', 'summary', summary(all.facts));
  await writeIntoReadme(all.facts);
}

function goalTable(measured: Measured): string {
  const names = (Object.keys(GOALS) as GoalName[]).filter((name) => name in measured);
  const row = (name: GoalName): string[] => {
    const { title, unit, goal } = GOALS[name];
    const value = measured[name] ?? Number.NaN;
    return [title, inUnit(value, unit), inUnit(goal, unit), value <= goal ? 'yes' : 'no'];
  };
  return table(['', 'measured', 'goal', 'reached'], names.map(row));
}

function inUnit(value: number, unit: string): string {
  const text = fixed(value);
  return unit === '×' ? `×${text}` : `${text} ${unit}`.trim();
}

/** Two digits after the point below 2, one digit below 20. */
export function fixed(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 2 ? 2 : size < 20 ? 1 : 0);
}

/** `×1.8`. */
export function times(value: number, beside: number): string {
  return `×${fixed(value / beside)}`;
}

/** `1.8 µs`. */
export function microseconds(value: number): string {
  return `${fixed(value)} µs`;
}

/** `+1.8 µs`. */
export function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${microseconds(Math.abs(value))}`;
}

/** `34 MB`. */
export function megabytes(bytes: number): string {
  return `${fixed(bytes / 1e6)} MB`;
}
