import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import {
  integer,
  type Kind,
  oneOf,
  onOrOff,
  path,
  retention,
  text,
  threshold,
  token,
} from '../../src/settings/kinds.ts';

describe('a kind reads', () => {
  it.each<[string, Kind<unknown>, unknown, unknown]>([
    ['a text as it is', text, ' a\n', ' a\n'],
    ['a token without the blanks around it', token, ' t\n', 't'],
    ['no token', token, '', ''],
    ['a whole number', integer(0, 9), 9, 9],
    ['a whole number from the environment', integer(0, 9), ' 07 ', 7],
    ['1 as on', onOrOff, '1', true],
    ['false as off', onOrOff, 'false', false],
    ['a boolean', onOrOff, true, true],
    ['one of its words', oneOf('all', 'printed'), 'printed', 'printed'],
    ['a retention in milliseconds', retention, '2d', 2 * 86_400_000],
  ])('%s', (_, kind, raw, value) => {
    expect(kind.read(raw)).toEqual(value);
  });

  it.each([
    ['silly', 0],
    ['ALL', 0],
    ['verbose', 1],
    ['http', 1],
    ['fine', 1],
    ['notice', 2],
    [' Warning ', 3],
    ['critical', 5],
    ['silent', 6],
    ['none', 6],
    ['off', 6],
  ])('the word %s of loggers as a threshold', (word, level) => {
    expect(threshold.read(word)).toBe(level);
  });
});

describe('a kind refuses', () => {
  it.each<[string, Kind<unknown>, unknown]>([
    ['a text that is none', text, 7],
    ['a token with a line end inside', token, 'a\r\nX: y'],
    ['a token with a blank', token, 'a b'],
    ['a token that is not ASCII', token, 'é'],
    ['a level that nobody has', threshold, 'LOUD'],
    // It means different levels to different loggers.
    ['a number as a level', threshold, '30'],
    ['a level that is no text', threshold, 3],
    ['a number below its range', integer(1, 9), 0],
    ['a number above its range', integer(1, 9), '10'],
    ['a fraction', integer(0), 1.5],
    ['a sign', integer(0), '-1'],
    ['an exponent', integer(0), '1e3'],
    ['nothing as a number', integer(0), ''],
    ['more than can be counted', integer(0), 2 ** 53],
    ['another word for on', onOrOff, 'yes'],
    ['a number for on', onOrOff, 1],
    ['another word', oneOf('all', 'printed'), 'some'],
    ['a retention of less than a day', retention, '1h'],
  ])('%s', (_, kind, raw) => {
    expect(kind.read(raw)).toBeUndefined();
  });
});

describe('a path', () => {
  it('stays where it was when the program goes elsewhere', () => {
    expect(path.read('spool')).toBe(join(process.cwd(), 'spool'));
    expect(path.read('/s')).toBe('/s');
    expect(path.read('')).toBe('');
    expect(path.read(7)).toBeUndefined();
  });

  it('is kept as it is when the working directory is gone', () => {
    const gone = vi.spyOn(process, 'cwd').mockImplementation(() => {
      throw new Error('ENOENT: uv_cwd');
    });
    expect(path.read('spool')).toBe('spool');
    gone.mockRestore();
  });
});

it('an integer says its range', () => {
  expect(integer(1, 9).expected).toBe('a whole number from 1 to 9');
  expect(integer(1).expected).toBe('a whole number from 1 up');
});
