import pino from 'pino';
import { expect, test } from 'vitest';
import { levelOf } from '../src/levels.ts';

const { levels } = pino({ customLevels: { audit: 35, http: 25, silly: 5, huge: 1000 } });

test.each([
  [5, 'TRACE'],
  [10, 'TRACE'],
  [20, 'DEBUG'],
  [25, 'DEBUG'],
  [30, 'INFO'],
  [35, 'INFO'],
  [50, 'ERROR'],
  [60, 'FATAL'],
  [1000, 'FATAL'],
])('%i stands for %s', (number, expected) => {
  expect(levelOf(number)).toBe(expected);
  expect(levelOf(number, levels)).toBe(expected);
});

test("syslog's names with numbers that rise with their weight", () => {
  const values = { emerg: 80, crit: 60, error: 50, warning: 40, notice: 30, info: 20, debug: 10 };
  const levelsOf = Object.values(values).map((number) => levelOf(number, { values }));
  expect(levelsOf).toEqual(['FATAL', 'FATAL', 'ERROR', 'WARN', 'INFO', 'INFO', 'DEBUG']);
});

test('numbers that fall with their weight', () => {
  const values = { fatal: 1, error: 2, audit: 5, info: 8, noise: 20 };
  const levelsOf = Object.values(values).map((number) => levelOf(number, { values }));
  expect(levelsOf).toEqual(['FATAL', 'ERROR', 'INFO', 'INFO', 'INFO']);
});

test('names that say nothing leave the number', () => {
  expect(levelOf(50, { values: { foo: 30, bar: 50 } })).toBe('ERROR');
});
