import { expect, test } from 'vitest';
import { errorInText } from '../../src/record/error-in-text.ts';
import { headsFrames } from '../../src/record/text-level.ts';

const STACK = 'RangeError: too far\n    at f (a.js:1:2)\n    at async b.js:3:4';

test.each([
  ['alone', STACK, 'RangeError', 'too far', STACK],
  ['behind other words', `several: ${STACK}`, 'RangeError', 'too far', STACK],
  ['below other lines', `0 Errors before\n${STACK}`, 'RangeError', 'too far', STACK],
  ['before other words', `${STACK} 3 { a: 1 }`, 'RangeError', 'too far', STACK],
  ['with fields', `${STACK} {\n  code: 7\n}`, 'RangeError', 'too far', STACK],
  ['with a code', 'Error [ERR_X]: no\n    at f', 'Error', 'no', 'Error [ERR_X]: no\n    at f'],
  ['without a message', 'Error\n    at f', 'Error', '', 'Error\n    at f'],
  ['of two lines', 'Error: a\nb\n    at f', 'Error', 'a\nb', 'Error: a\nb\n    at f'],
  [
    'in other languages',
    'java.io.IOException: no\n\tat a.b(C.java:1)\nmore',
    ...['java.io.IOException', 'no', 'java.io.IOException: no\n\tat a.b(C.java:1)'],
  ],
  [
    'with a cause',
    'a.Exception: no\n\tat b(C.java:1)\nCaused by: d.Exception: e\n\tat f(G.java:1)\n\t... 2 more\nnext',
    ...['a.Exception', 'no'],
    'a.Exception: no\n\tat b(C.java:1)\nCaused by: d.Exception: e\n\tat f(G.java:1)\n\t... 2 more',
  ],
  [
    'from an eval',
    'Error: x\n    at eval (eval at f (a.js:1:1), <anonymous>:1:2) 3',
    ...['Error', 'x', 'Error: x\n    at eval (eval at f (a.js:1:1), <anonymous>:1:2)'],
  ],
])('an error %s', (_, text, type, message, stack) => {
  expect(errorInText(text)).toEqual({ type, message, stack });
});

test.each([
  ['RangeError: without frames'],
  ['RangeError: without\nframes'],
  ['Trace: where\n    at f (a.js:1:2)'],
  ['no name\n    at the window'],
  ['myRangeErrors: 1\n    at the window'],
  [''],
])('none in %j', (text) => {
  expect(errorInText(text)).toBeUndefined();
});

test('a line heads frames when it names an error at its start', () => {
  const heads = [
    'Error',
    'Uncaught RangeError: x',
    'TypeError [ERR_X]: x',
    'System.IO.IOException: x',
  ];
  expect(heads.filter((line) => !headsFrames(line))).toEqual([]);
  const others = [
    '',
    'the Error: x',
    'Errors',
    'Error handling is on',
    'lastError: none',
    'RangeError:x',
  ];
  expect(others.filter(headsFrames)).toEqual([]);
});
