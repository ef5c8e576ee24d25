/** The doctor's report for people. Pure. */
import { harmless, painter } from '../show-row.ts';
import type { DoctorReport, Verdict } from './check.ts';

const COLOURS = { ok: 'green', note: 'gray', warn: 'yellow', fail: 'red' } as const;
const WIDTH = 'fail'.length;

/** Several lines, each ended by a newline. */
export function showReport({ ok, checks, next }: DoctorReport, hasColours: boolean): string {
  const paint = painter(hasColours);
  const mark = (verdict: Verdict) => paint(COLOURS[verdict], verdict.padEnd(WIDTH));
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(
    ({ name, verdict, finding }) => `${mark(verdict)}  ${name.padEnd(width)}  ${harmless(finding)}`,
  );
  const end = ok ? 'Records arrive from here.' : 'Records do not arrive from here.';
  const todo = next === undefined ? [] : [`${paint('bold', 'Next:')} ${next}.`];
  return `${[...lines, '', end, ...todo].join('\n')}\n`;
}
