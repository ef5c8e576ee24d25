/** What must become of everything that `fixtures/emissions.mjs` prints. */
import { expect } from 'vitest';
import type { Row } from '../environment/victorialogs-queries.ts';

const STACK = 'TypeError: told\n    at somewhere (file.js:1:1)';
const OUTER = STACK.replace('told', 'outer');
const INNER = STACK.replace('told', 'inner');
const TABLE = [
  '┌─────────┬─────────┐',
  '│ (index) │ way     │',
  '├─────────┼─────────┤',
  "│ 0       │ 'table' │",
  '└─────────┴─────────┘',
].join('\n');

const TOLD = { 'error.type': 'TypeError', 'error.message': 'told', 'error.stack': STACK };

const WITH_CAUSE = {
  'error.type': 'TypeError',
  'error.message': 'outer',
  'error.stack': `${OUTER}\nCaused by: ${INNER}`,
};
const [ONE, TWO] = ['one', 'two'].map((message) => STACK.replace('told', message));
const ALL = STACK.replace('TypeError: told', 'AggregateError: all');
const COLLECTED = {
  'error.type': 'AggregateError',
  'error.message': 'all',
  'error.stack': `${ALL}\nError 1 of 2: ${ONE}\nError 2 of 2: ${TWO}`,
};
const INDENTED = [ONE, TWO].map((stack) => `    ${stack?.replace('\n', '\n    ')}`).join(',\n');
const COLLECTED_AS_TEXT = `each of ${ALL} {\n  [errors]: [\n${INDENTED}\n  ]\n} is shown`;

/** `stream logger LEVEL message` of a record; further fields in the second place. */
export type Expected = string | [string, Row];

/** By group of `fixtures/emissions.mjs`, in the order of printing. */
export const EXPECTED: Readonly<Record<string, readonly Expected[]>> = {
  console: [
    'stdout console INFO log text and 7',
    'stdout console INFO info',
    'stderr console WARN warn',
    'stderr console ERROR error',
    'stdout console DEBUG debug',
    "stdout console INFO { way: 'dir' }",
    `stdout console INFO ${TABLE}`,
    'stdout console INFO group',
    'stdout console INFO   inside the group\n  and its second line',
    'stderr console WARN Assertion failed: assert',
    'stdout console INFO count: 1',
    'stdout console INFO time: 1ms so far',
    'stdout console INFO time: 1ms',
    "stdout console INFO { way: 'dirxml' }",
    'stdout console INFO two\nlines',
    "stdout console INFO { an: 'object', big: 2n }",
    [`stderr console ERROR several: ${STACK} 3`, TOLD],
    [`stderr console ERROR ${OUTER} {\n  [cause]: ${INNER.replace('\n', '\n  ')}\n}`, WITH_CAUSE],
    [`stderr console ERROR ${COLLECTED_AS_TEXT}`, COLLECTED],
    'stdout console INFO ends with a newline\n',
    'stdout console INFO a console of its own',
    'stderr console ERROR its error',
    'stdout console INFO 0 errors found',
    'stdout console INFO Traceback (most recent call last)',
    ['stdout console WARN JSON', { big: '12345678901234567890' }],
    'stdout console INFO red',
    'stderr stderr WARN (node:1) Warning: No such label',
  ],
  streams: [
    'stdout stdout INFO write',
    'stderr stderr INFO write to stderr',
    'stdout stdout INFO with callback',
    'stdout stdout INFO buffer',
    'stdout stdout INFO u8',
    'stdout stdout INFO hex',
    'stdout stdout INFO café',
    'stdout stdout INFO hex',
    'stdout stdout INFO two',
    'stdout stdout INFO lines in one write',
    'stdout stdout INFO one line in two writes',
    'stdout stdout INFO split 🐢 character',
    'stdout stdout INFO carriage',
    'stdout stdout INFO progress 100 %',
    'stdout stdout INFO green',
    'stdout stdout INFO corked one',
    'stdout stdout INFO corked two',
    'stderr stderr ERROR ERROR: a leading token',
    [
      'stderr stderr ERROR Error: raw\n    at one (one.js:1:1)\n    at two (two.js:2:2)',
      { 'error.type': 'Error', 'error.message': 'raw' },
    ],
    [
      'stderr stderr ERROR RangeError: in pieces\n    at three\n    at four',
      { 'error.stack': 'RangeError: in pieces\n    at three\n    at four' },
    ],
    `stdout stdout INFO ${'long '.repeat(4000)}`,
    'stdout stdout INFO piped text',
  ],
  descriptors: [
    'stdout stdout INFO writeSync, a named import',
    'stderr stderr INFO writeSync to 2',
    'stdout stdout INFO offset and length',
    'stdout stdout INFO writevSync',
    'stdout stdout INFO write',
    'stdout stdout INFO writev',
    'stdout stdout INFO writeFileSync',
    'stderr stderr INFO writeFileSync to 2',
    'stdout stdout INFO appendFileSync',
    'stdout stdout INFO createWriteStream',
  ],
  pino: [
    'stdout * INFO pino',
    [
      'stdout * ERROR pino fails',
      {
        request: '7',
        'error.type': 'TypeError',
        'error.message': 'of pino',
        'error.stack': STACK.replace('told', 'of pino'),
      },
    ],
    [
      'stdout * ERROR pino with a cause',
      // pino itself puts the messages of the causes behind the error's own.
      {
        ...WITH_CAUSE,
        'error.message': 'outer: inner',
        'error.stack': `${OUTER}\ncaused by: ${INNER}`,
      },
    ],
    [
      'stdout * ERROR pino with errors',
      {
        ...COLLECTED,
        'error.stack': ALL,
        'error.aggregateErrors': expect.stringMatching(/^\[.*"one".*"two".*\]$/),
      },
    ],
    'stdout * WARN pino to descriptor 1',
    'stdout * WARN pino asynchronous',
  ],
  winston: [
    ['stdout * INFO winston', { request: '8' }],
    'stdout * ERROR winston fails',
    // winston prints the stack of the error alone.
    ['stdout * ERROR winston with a cause outer', { ...WITH_CAUSE, 'error.stack': OUTER }],
    ['stdout * ERROR winston with errors all', { ...COLLECTED, 'error.stack': ALL }],
    'stderr * WARN winston text',
    'stdout * INFO winston stream',
  ],
  patched: [
    'stdout console INFO my ***',
    'stdout console INFO > with a prefix',
    'stdout stdout INFO > raw with a prefix',
    'stdout stdout INFO IN CAPITALS',
    'stdout console INFO as before',
  ],
  warnings: [
    'stderr stderr WARN (node:1) [APP1] Warning: warning\nwith detail',
    'stderr stderr WARN (node:1) [DEP_APP] DeprecationWarning: deprecated',
  ],
  threads: [
    'stderr console ERROR eval thread',
    [`stderr console ERROR eval thread: ${STACK}`, TOLD],
    'stdout stdout INFO eval thread: descriptor',
    ...['file', 'own stdout']
      .flatMap((name) => [name, `${name}, below`])
      .flatMap((name): Expected[] => [
        `stdout console INFO thread ${name}: log`,
        `stderr console WARN thread ${name}: warn`,
        `stdout console INFO thread ${name}: two\nlines`,
        [`stderr console ERROR thread ${name}: ${STACK} 3`, TOLD],
        `stdout stdout INFO thread ${name}: write`,
        `stdout stdout INFO thread ${name}: descriptor`,
      ]),
  ],
  children: [
    'stdout console INFO child fork: log',
    'stderr console ERROR child fork: error',
    'stdout stdout INFO read by the parent',
  ],
  unfinished: ['stdout stdout INFO a last line without newline'],
};
