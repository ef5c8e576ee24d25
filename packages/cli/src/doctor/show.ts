/** The doctor's report for people. Pure. */
import { oneLine, paint } from '../print.ts';
import type { DoctorReport, Verdict } from './check.ts';

const COLORS = { ok: 'green', note: 'gray', warn: 'yellow', fail: 'red' } as const;
const WIDTH = 'fail'.length;

export function showReport({ checks, conclusion, next }: DoctorReport): string {
  const mark = (verdict: Verdict) => paint(COLORS[verdict], verdict.padEnd(WIDTH));
  const width = Math.max(...checks.map(({ name }) => name.length));
  const lines = checks.map(
    ({ name, verdict, finding }) =>
      `${mark(verdict)}  ${oneLine(name).padEnd(width)}  ${oneLine(finding)}`,
  );
  const others = checks.flatMap((check) =>
    /warn|fail/.test(check.verdict) && check.next !== undefined && check.next !== next
      ? [check.next]
      : [],
  );
  const steps = [next, ...others].map(
    (step, at) => `${paint('bold', at === 0 ? 'Next:' : 'Then:')} ${oneLine(step)}.`,
  );
  return `${[...lines, '', conclusion, ...steps].join('\n')}\n`;
}
