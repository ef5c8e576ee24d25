import { expect, it } from 'vitest';
import winston from 'winston';
import { levelOf, saysMore } from '../src/levels.ts';

it.each([
  ['npm', ['ERROR', 'WARN', 'INFO', 'DEBUG', 'DEBUG', 'DEBUG', 'TRACE']],
  ['syslog', ['FATAL', 'FATAL', 'FATAL', 'ERROR', 'WARN', 'INFO', 'INFO', 'DEBUG']],
] as const)('knows the levels of winston: %s', (name, expected) => {
  const levels = winston.config[name].levels;
  const found = Object.keys(levels).map((one) => levelOf(one, levels));
  expect(found).toEqual(expected);
});

it.each([
  ['between two', { error: 0, odd: 1, info: 2 }, 'INFO'],
  ['after the last', { error: 0, info: 1, odd: 2 }, 'INFO'],
  ['before the first', { odd: 0, error: 1, info: 2 }, 'ERROR'],
  ['among none that are known', { odd: 0, strange: 1 }, undefined],
  ['in no list', { error: 0 }, undefined],
])('takes an unknown name %s for its next less important neighbour', (_, levels, level) => {
  expect(levelOf('odd', levels)).toBe(level);
});

it('takes no level from the prototype of all objects', () => {
  expect(levelOf('toString', { error: 0 })).toBeUndefined();
});

it.each([
  ['warn', 'WARN', false],
  ['warning', 'WARN', false],
  ['WARN', 'WARN', false],
  ['http', 'INFO', true],
  ['silly', undefined, true],
] as const)('keeps the name %s beside %s: %s', (name, level, isKept) => {
  expect(saysMore(name, level)).toBe(isKept);
});
