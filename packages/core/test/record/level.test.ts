import { expect, test } from 'vitest';
import { levelNamed } from '../../src/record/level.ts';

test('levelNamed knows usual names in any case, and no numbers', () => {
  expect(['Warning', 'notice', 'purple', '30', ''].map(levelNamed)).toEqual([
    ...['WARN', 'INFO'],
    ...[undefined, undefined, undefined],
  ]);
});
