import { describe, expect, test } from 'vitest';
import {
  leadingLevel,
  levelNamed,
  translateLevel,
  translateSeverityNumber,
} from '../../src/record/level.ts';
import { LEVELS } from '../../src/record/record.ts';

test('levelNamed knows usual names in any case, and no numbers', () => {
  expect(['Warning', 'notice', 'purple', '30', ''].map(levelNamed)).toEqual([
    ...['WARN', 'INFO'],
    ...[undefined, undefined, undefined],
  ]);
});

describe('translateLevel', () => {
  test.each([
    ['info', 'INFO', true],
    ['WARNING', 'WARN', true],
    ['Critical', 'FATAL', true],
    ['err', 'ERROR', true],
    [' E ', 'ERROR', true],
    ['\u001b[32minfo\u001b[39m', 'INFO', true],
    ['notice', 'INFO', false],
    ['silly', 'TRACE', false],
    ['verbose', 'DEBUG', false],
    ['http', 'DEBUG', false],
    ['emerg', 'FATAL', false],
    ['ALERT', 'FATAL', false],
    ['INFO3', 'INFO', false],
    ['30', 'INFO', true],
    [10, 'TRACE', true],
    [20, 'DEBUG', true],
    [30, 'INFO', true],
    [35, 'INFO', false],
    [40, 'WARN', true],
    [50, 'ERROR', true],
    [60, 'FATAL', true],
    [99, 'FATAL', false],
    [0, 'FATAL', false],
    [2, 'FATAL', true],
    [3, 'ERROR', true],
    [4, 'WARN', true],
    [5, 'INFO', false],
    [6, 'INFO', true],
    [7, 'DEBUG', true],
  ] as const)('%j is %s, exactly: %j', (value, level, exact) => {
    expect(translateLevel(value)).toEqual({ level: LEVELS.indexOf(level), exact });
  });

  test.each([['purple'], [''], [8], [9], [-1], [2.5], [1e9], [Number.NaN], [null], [{}], [true]])(
    '%j is no level',
    (value) => {
      expect(translateLevel(value)).toBeUndefined();
    },
  );
});

test.each([
  [1, 'TRACE', true],
  [9, 'INFO', true],
  [10, 'INFO', false],
  ['17', 'ERROR', true],
  [24, 'FATAL', false],
] as const)('OpenTelemetry severity %j is %s', (value, level, exact) => {
  expect(translateSeverityNumber(value)).toEqual({ level: LEVELS.indexOf(level), exact });
});

test.each([[0], [25], ['x'], [null]])('%j is no OpenTelemetry severity', (value) => {
  expect(translateSeverityNumber(value)).toBeUndefined();
});

describe('leadingLevel', () => {
  test.each([
    ['ERROR: x', 'ERROR'],
    ['Error: x', 'ERROR'],
    ['error:\tx', 'ERROR'],
    ['[warn] x', 'WARN'],
    ['[WARNING]', 'WARN'],
    ['WARN x', 'WARN'],
    ['INFO', 'INFO'],
    ['error - failed', 'ERROR'],
    ['panic: runtime error', 'FATAL'],
    ['debug: x', 'DEBUG'],
    ['2026-01-01T00:00:00.000Z error: x', 'ERROR'],
    ['2026-01-01 00:00:00,123 [ERROR] x', 'ERROR'],
    ['[12:00:00.123] WARN (42): x', 'WARN'],
    ['[2026-01-01T00:00:00Z] FATAL x', 'FATAL'],
    ['[2026-01-01T00:00:00,123][WARN ][o.e.c.Module] x', 'WARN'],
    ['[2026-01-01 00:00:00,123] [ERROR] [main] x', 'ERROR'],
    ['2026/01/01 00:00:00 [error] 4711#0: x', 'ERROR'],
    ['260101 00:00:00 [Warning] x', 'WARN'],
    ['01-31 00:00:00.123456 [WARN] x', 'WARN'],
    ['2026-01-01 00:00:00.123 | ERROR    | __main__:f:3 - x', 'ERROR'],
    ['RangeError: x', 'ERROR'],
    ['TypeError [ERR_X]: x', 'ERROR'],
    ['Error\n    at f (a.js:1:1)', 'ERROR'],
    ['Uncaught RangeError: x', 'ERROR'],
    ['org.example.IoException: closed', 'ERROR'],
    ['2026-01-01 00:00:00,123 ValueError: x', 'ERROR'],
    ['[Nest] 123  - 11/26/2026, 9:30:00 AM     LOG [Orders] x', 'INFO'],
    ['[Nest] 123  - 11/26/2026, 9:30:00\u202fAM   ERROR [Orders] x', 'ERROR'],
    ['[Nest] 123  - 26.11.2026, 09:30:00    WARN x', 'WARN'],
    ['[My App] 123  - 11/26/2026, 9:30:00 AM   DEBUG [Orders] x', 'DEBUG'],
    ['[Nest] 123  - 11/26/2026, 9:30:00 AM VERBOSE [Orders] x', 'DEBUG'],
    ['[Nest] 123  - 11/26/2026, 9:30:00 AM   FATAL [Orders] x', 'FATAL'],
    [' ERROR  consola', 'ERROR'],
    [' WARN  consola', 'WARN'],
    ['[tag]  FATAL  consola', 'FATAL'],
    ['[error] [tag] consola', 'ERROR'],
    ['2026-11-26 11:27:20.707\tERROR\trun.mjs:16\ttslog', 'ERROR'],
    ['2026-11-26 11:27:20.703\tSILLY\trun.mjs:16\ttslog', 'TRACE'],
    ['npm ERR! code E404', 'ERROR'],
    ['npm error code E404', 'ERROR'],
    ['npm WARN deprecated x', 'WARN'],
    ['npm warn deprecated x', 'WARN'],
    ['npm notice x', 'INFO'],
    ['npm http fetch GET 200', 'DEBUG'],
    ['gyp verb x', 'DEBUG'],
    ['npm sill x', 'TRACE'],
    ['node-pre-gyp ERR! x', 'ERROR'],
    ['ERR! pre x', 'ERROR'],
    ['E1125 09:30:00.123456    123 server.go:12] x', 'ERROR'],
    ['W1125 09:30:00.123456    123 server.go:12] x', 'WARN'],
    ['F1125 09:30:00.123456    123 server.go:12] x', 'FATAL'],
    ['level=error msg=x', 'ERROR'],
    ['time="2026-11-26T09:30:00Z" level=warning msg="it said \\"level=error\\""', 'WARN'],
    ['ts=2026-11-26T09:30:00Z caller=a.go:1 level="DEBUG"', 'DEBUG'],
    ['2026-11-26 09:30:00.000 UTC [123] ERROR:  relation does not exist', 'ERROR'],
    ['2026-11-26 09:30:00.000 CET [123-1] me@db FATAL:  no', 'FATAL'],
    ['2026-11-26 09:30:00.000 UTC [123] LOG:  ready', 'INFO'],
    ['2026-11-26 09:30:00.000 UTC [123] DEBUG2:  x', 'DEBUG'],
  ] as const)('%j starts with %s', (text, level) => {
    expect(leadingLevel(text)).toBe(LEVELS.indexOf(level));
  });

  test.each([
    ['0 errors found'],
    ['Traceback (most recent call last):'],
    ['Information desk'],
    ['Error handling is on'],
    ['error:404'],
    ['Debug output follows'],
    ['DEBUG=1 node x'],
    ['ERRORS: none'],
    ['http: TLS handshake error'],
    ['the ERROR: x'],
    ['[1] ERROR x'],
    ['12345678 ERROR x'],
    ['192.0.2.77:8080 ERROR x'],
    ['1234567: ERROR x'],
    ['[error'],
    ['[error   x]'],
    ['[main][ERROR] x'],
    ['[2026-01-01T00:00:00Z]ERROR x'],
    ['2026-01-01|ERROR x'],
    ['1/2 ERROR x'],
    ['warn-free'],
    [''],
    ['2026-01-01T00:00:00Z'],
    ['RangeError'],
    ['RangeErrors: none'],
    ['RangeError:x'],
    ['the RangeError: x'],
    ['Exceptional: x'],
    ['lastError: none'],
    ['[Nest] ERROR x'],
    ['[Nest] 123 - the ERROR x'],
    ['  ERROR x'],
    [' an ERROR  x'],
    ['[tag] an  ERROR  x'],
    ['npm run build'],
    ['npm errors are shown'],
    ['the npm ERR! x'],
    ['E1125 is a level of klog'],
    ['E2BIG'],
    ['user=me said level=error'],
    ['msg="level=error" x=1'],
    ['see level=error'],
    ['a=b level=purple'],
    ['2026-11-26 09:30:00.000 UTC [123] STATEMENT:  SELECT ERROR:  x'],
    ['2026-11-26 09:30:00.000 UTC an ERROR:  x'],
  ])('%j does not start with a level', (text) => {
    expect(leadingLevel(text)).toBe(-1);
  });
});
