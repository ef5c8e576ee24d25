/** Errors that end a program, the odd ones too: printed as without direct-logging, and shipped with what the error says. */
import { describe, expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { FLAGS, findNodes, testedMajors } from '../environment/nodes.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { startPrograms } from './programs.ts';

const programs = forTests(startPrograms);

function fatal(start: string, type: string, message: unknown): Row {
  const _msg = expect.stringMatching(start) as unknown as string;
  return {
    ...{ level: 'FATAL', stream: 'stderr', logger: 'stderr', _msg },
    ...{ 'error.type': type, 'error.message': message as string },
  };
}

const WARNED = { level: 'WARN', stream: 'stderr', logger: 'stderr' };
const REJECTED = fatal('^RangeError: rejected\n    at ', 'RangeError', 'rejected');
const REJECTED_TEXT = expect.stringContaining('reason "just text"');

interface Termination {
  readonly way: string;
  readonly flag?: string;
  readonly code?: number;
  /** What is shipped after the line that each of the programs prints first. */
  readonly expected: readonly Row[];
}

const TERMINATIONS: readonly Termination[] = [
  { way: 'null', expected: [fatal('^Uncaught null$', 'null', 'null')] },
  // Node prints only a part of an object, so the record has no more than that.
  { way: 'object', expected: [{ level: 'FATAL', _msg: 'Uncaught { code: 7 }' }] },
  {
    way: 'stack deleted',
    expected: [fatal('RangeError: without a stack', 'RangeError', 'without a stack')],
  },
  {
    way: 'stack replaced',
    expected: [fatal('^\\[', 'RangeError', 'with another stack')],
  },
  { way: 'frozen', expected: [fatal('^RangeError: frozen\n    at ', 'RangeError', 'frozen')] },
  {
    way: 'cause and errors',
    expected: [
      {
        ...fatal('^Error: outer\n    at ', 'Error', 'outer'),
        'error.stack': expect.stringMatching(
          /^Error: outer\n.*\nCaused by: AggregateError: all\n.*\nError 1 of 2: Error: one\n.*\nError 2 of 2: Error: two\n/s,
        ),
      },
    ],
  },
  {
    way: 'rejected text',
    expected: [fatal('reason "just text"', 'UnhandledPromiseRejection', REJECTED_TEXT)],
  },
  { way: 'rejected error', expected: [REJECTED] },
  { way: 'rejected error', flag: '--unhandled-rejections=strict', expected: [REJECTED] },
  {
    way: 'rejected error',
    flag: '--unhandled-rejections=warn',
    code: 0,
    expected: [{ ...WARNED, 'error.message': 'rejected' }, WARNED],
  },
  {
    way: 'rejected error',
    flag: '--unhandled-rejections=warn-with-error-code',
    expected: [{ ...WARNED, 'error.message': 'rejected' }, WARNED],
  },
  { way: 'rejected error', flag: '--unhandled-rejections=none', code: 0, expected: [] },
  {
    way: 'emitted without a listener',
    expected: [
      fatal(
        "^RangeError: emitted\n[^]*\nEmitted 'error' event at:\n[^]* {\n  code: 'E_TOLD'\n}$",
        'RangeError',
        'emitted',
      ),
    ],
  },
  { way: 'worker error', expected: [fatal('in a worker', 'RangeError', 'in a worker')] },
  { way: 'worker error handled', code: 0, expected: [{ _msg: 'handled: in a worker' }] },
  { way: 'capture callback', code: 0, expected: [{ _msg: 'took: taken' }] },
  // What such a handler throws, and the warning about an endless await, are printed past all JavaScript.
  { way: 'handler that throws', code: 7, expected: [{ _msg: 'handling: handled' }] },
  { way: 'await for ever', code: 13, expected: [] },
];

describe.each(testedMajors())('Node %i', (major) => {
  it.each(TERMINATIONS)('$way $flag', async ({ way, flag, code = 1, expected }) => {
    const args = [...(flag === undefined ? [] : [flag]), 'fatal.mjs', way];
    const run = { args, major, expected: expected.length + 1 };
    const { bare, shipped, rows } = await programs.compare(run);
    const { durationMs, ...outcome } = shipped;
    const stderr = withoutFrame(outcome.stderr);
    expect({ ...outcome, stderr, durationMs: bare.durationMs }).toEqual({
      ...bare,
      stderr: withoutFrame(bare.stderr),
    });
    expect(bare.code).toBe(code);
    expect(rows).toMatchObject([{ _msg: 'before' }, ...expected]);
  });

  it.each([
    ['out of a write', 'TypeError'],
    ['out of a descriptor write', 'TypeError'],
    ['out of a console call', 'RangeError'],
  ])('%s: as without direct-logging but for the line of the source', async (way, type) => {
    const { bare, shipped, rows } = await programs.compare({
      args: ['fatal.mjs', way],
      major,
      expected: 2,
    });
    expect(shipped.stderr).toMatch(new RegExp(`^${type}`));
    expect(bare.stderr.endsWith(`\n${shipped.stderr}`)).toBe(true);
    expect([shipped.code, shipped.stdout]).toEqual([1, bare.stdout]);
    expect(rows).toMatchObject([{ _msg: 'before' }, { level: 'FATAL', 'error.type': type }]);
  });
});

/** A stack that a listener to errors has made, without the function of Node or ours that called it. */
function withoutFrame(text: string): string {
  return text.replace(
    /\n {4}at process\.(?:_fatalException|<anonymous>) \((?:node:|.*first\.cjs).*/g,
    '',
  );
}

const [latest] = await findNodes([26]);

it.skipIf(latest?.node === undefined).each(FLAGS)(
  'an error that an added callback of Node 26 takes is not fatal, with %s',
  async (flag) => {
    const run = { flag, major: 26 } as const;
    const args = ['fatal.mjs', 'added callback'];
    const { shipped, rows } = await programs.compare({ ...run, args, expected: 4 });
    expect(shipped.code).toBe(1);
    const left = fatal('^RangeError: left\n    at ', 'RangeError', 'left');
    const took = [{ _msg: 'took: taken' }, { _msg: 'took: left' }];
    expect(rows).toMatchObject([{ _msg: 'before' }, ...took, left]);
    const exits = ['fatal.mjs', 'added callback exits'];
    const ended = await programs.compare({ ...run, args: exits, expected: 2 });
    expect(ended.shipped.code).toBe(3);
    expect(ended.rows).toMatchObject([{ _msg: 'before' }, { _msg: 'took: taken' }]);
  },
);
