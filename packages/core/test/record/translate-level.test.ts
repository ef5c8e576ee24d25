import { describe, expect, test } from 'vitest';
import { LEVELS } from '../../src/record/record.ts';
import { translateLevel, translateSeverityNumber } from '../../src/record/translate-level.ts';

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

  test.each([
    ['purple'],
    [''],
    [8],
    [9],
    [100],
    [300],
    [-1],
    [2.5],
    [1e9],
    [Number.NaN],
    [null],
    [{}],
    [true],
  ])('%j is no level', (value) => {
    expect(translateLevel(value)).toBeUndefined();
  });
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
