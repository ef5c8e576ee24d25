/** Every way in which a program can print: the same output as without direct-logging, and each message once, whole, understood. */
import { describe, expect, it } from 'vitest';
import { pairsOf } from '../environment/extent.ts';
import { forTests } from '../environment/for-tests.ts';
import { testedMajors } from '../environment/nodes.ts';
import type { ProgramRun } from '../environment/run-program.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { EXPECTED, type Expected } from './emissions.ts';
import { type Output, startPrograms } from './programs.ts';

const programs = forTests(startPrograms);

const OUTPUTS: readonly Output[] = ['files', 'pipes', 'terminal'];

const CASES = pairsOf(OUTPUTS, testedMajors()).map(([output, major]) => ({ major, output }));

describe.each(CASES)('Node $major into $output', ({ major, output }) => {
  const compare = (groups: readonly string[], { length }: readonly Expected[]) =>
    programs.compare({ args: ['emissions.mjs', ...groups], output, major, expected: length });

  it('in order', async () => {
    const groups = Object.keys(EXPECTED).filter((group) => group !== 'threads');
    const expected = groups.flatMap((group) => EXPECTED[group] ?? []);
    const { bare, shipped, rows } = await compare(groups, expected);
    expect(printed(shipped)).toEqual(printed(bare));
    expect(bare).toMatchObject({ code: 0, signal: null });
    expect(rows.map(brief)).toEqual(expected.map(textOf));
    expectFields(rows, expected);
  });

  it('from worker threads, which print in any order', async () => {
    const expected = EXPECTED.threads ?? [];
    const { bare, shipped, rows } = await compare(['threads'], expected);
    expect(printed(shipped).sort()).toEqual(printed(bare).sort());
    expect(rows.map(brief).sort()).toEqual(expected.map(textOf).sort());
    expectFields(sorted(rows, brief), sorted(expected, textOf));
  });
});

function expectFields(rows: readonly Row[], expected: readonly Expected[]): void {
  for (const [index, record] of expected.entries()) {
    if (typeof record !== 'string') expect(rows[index]).toMatchObject(record[1]);
  }
}

function printed({ code, signal, stdout, stderr }: ProgramRun): string[] {
  return [`ended with ${code} ${signal}`, stderr, ...stdout.split('\n')];
}

function sorted<T>(all: readonly T[], by: (one: T) => string): T[] {
  return all.toSorted((one, other) => (by(one) < by(other) ? -1 : 1));
}

function textOf(record: Expected): string {
  return typeof record === 'string' ? record : record[0];
}

/** A logger that is connected itself tells its name and its bare message; printed, its lines are those of the stream. */
function brief(row: Row): string {
  const message = row._msg ?? '';
  const isLogger =
    row.logger === 'pino' || row.logger === 'winston' || /pino|winston/.test(message);
  return `${row.stream} ${isLogger ? '*' : row.logger} ${row.level} ${bareMessage(message)}`;
}

/** Without the hint that Node prints once, and without what follows in the warning about the timer. */
function bareMessage(message: string): string {
  return message
    .replace(/^\[warn] (winston)/, '$1')
    .replace(/\n\(Use `node .*/, '')
    .replace(/^(\(node:1\) Warning: No such label).*/s, '$1');
}
