/** What winston prints is a record as it was printed, with winston's level, once for each time that it is printed. */
import { beforeAll, expect, it } from 'vitest';
import { forTests } from '../environment/for-tests.ts';
import { findNodes, testedMajors } from '../environment/nodes.ts';
import type { Row } from '../environment/victorialogs-queries.ts';
import { otherPackages, startLoggers } from './loggers.ts';

const loggers = forTests(startLoggers);
let others: string;
beforeAll(async () => {
  others = await otherPackages();
});

/** Of each case of `winston-printing.cjs` the records: where they were printed, what the logger is, level, message. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  'streams of a Console': [
    'stdout winston INFO info: info',
    'stderr winston WARN warn: warn',
    'stderr winston ERROR error: error',
    'stdout winston INFO info: info',
    'stderr winston WARN warn: warn',
    'stderr winston ERROR error: error',
  ],
  'several transports': [
    'stdout winston INFO info: two Consoles',
    'stderr winston INFO info: two Consoles',
    'stdout winston INFO of two formats',
    'stdout winston INFO info: of two formats',
    'stdout winston INFO info: silent Console beside a file',
    'stdout winston INFO info: Console of errors beside a file',
    'stdout winston INFO info: file and Console',
    'stdout winston INFO info: Console and file, first',
    'stdout winston INFO info: Console and file, second',
    'stdout winston INFO info: Console that may drop, and file',
    'stdout winston INFO info: Console that may keep, and file',
  ],
  'other transports': [
    'stdout winston INFO info: stream',
    'stderr winston INFO info: stream of errors',
    'stdout winston INFO info: lines of its own end',
    'stdout winston INFO info: prints as formatted',
    'stdout console INFO own prints its own',
    'stdout winston INFO info: extended Console',
    'stdout console INFO own prints twice',
    'stdout winston INFO info: prints twice',
  ],
  'a stream that leads to stdout': ['stdout winston INFO info: through a stream'],
  'many lines': [
    'stdout winston INFO info: one\ntwo\nthree',
    'stdout winston ERROR error: TypeError: with\n    at frames (file.js:1:1)\n    at more (file.js:1:1)',
    'stdout winston INFO info: TypeError: that is text',
    `stdout winston INFO info: ${'long '.repeat(4000)}`,
    'stdout winston INFO info: red',
    'stdout winston INFO info: ',
  ],
  order: [
    'stdout stdout INFO unfinished, ',
    'stdout winston INFO info: first',
    'stdout console INFO second',
    'stdout winston INFO info: third',
    'stderr stderr ERROR TypeError: fourth',
    'stdout winston INFO info: fifth',
  ],
  'a patched console': [
    'stdout console INFO patched info: prefixed',
    'stdout console INFO group',
    'stdout console INFO   info: in a group',
  ],
  'a patched stdout': ['stdout stdout INFO info: a ***', 'stdout winston INFO info: no such word'],
  'a transport of ours beside it': [
    'stdout winston INFO Console and ours',
    'stdout winston INFO file and ours',
  ],
  'handlers of exceptions': [
    'stdout winston INFO info: no exception',
    'stdout winston ERROR error: uncaughtException: broken\nframes',
    'stdout winston ERROR error: uncaughtException: filed\nframes',
  ],
  'a module that is loaded twice': [
    'stdout winston INFO info: second copy',
    'stdout winston WARN warn: default logger',
    'stdout winston INFO info: container',
  ],
};
const ALL = Object.values(EXPECTED).flat();
/** Nothing of these is printed. */
const UNPRINTED = /silent Console|Console of errors|file and ours|filed|may drop/;

const PROGRAM = 'winston-printing.cjs';

const nodes = await findNodes(testedMajors());

it.each(nodes)(
  'once, and what is printed is what it is without direct-logging, on Node $major',
  async ({ node }) => {
    const program = { args: [PROGRAM], node };
    const bare = await loggers.run({ ...program, preload: false, expected: 0 });
    const { run, rows } = await loggers.run({ ...program, preload: true, expected: ALL.length });
    expect(printed(run)).toEqual(printed(bare.run));
    expect(rows.map(brief)).toEqual(ALL);
  },
);

it('alone, when the setting says so', async () => {
  const expected = ALL.filter((record) => !UNPRINTED.test(record) || record.includes('ours'));
  const env = { VICTORIALOGS_LOGGERS: 'printed' };
  const { rows } = await loggers.run({
    ...{ args: [PROGRAM], preload: true, env },
    expected: expected.length,
  });
  expect(rows.map(brief)).toEqual(expected);
});

it.each(['ends', 'killed'])(
  'and so is what a rotated file gets, when the process %s',
  async (end) => {
    const env = { WINSTON: `${others}/winston` };
    const { run, rows } = await loggers.run({
      ...{ args: ['winston-rotate.cjs', end], preload: true, env },
      expected: 100,
    });
    expect(run).toMatchObject({ stdout: '', stderr: '' });
    expect(rows.map((row) => Number(row.at))).toEqual([...Array(100).keys()]);
  },
);

function printed({
  code,
  stdout,
  stderr,
}: {
  code: number | null;
  stdout: string;
  stderr: string;
}) {
  return { code, stdout, stderr };
}

function brief({ stream, logger, level, _msg }: Row): string {
  return `${stream} ${logger} ${level} ${_msg}`;
}
