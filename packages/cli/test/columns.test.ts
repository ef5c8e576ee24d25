import { expect, it } from 'vitest';
import { columns } from '../src/columns.ts';

it('aligns cells, numbers on the right, and leaves no blank at the end', () => {
  const rows = [
    ['NAME', 'SIZE', 'NOTE'],
    ['a', '12345', ''],
  ];
  expect(columns(rows, 1)).toEqual(['NAME   SIZE  NOTE', 'a     12345']);
  expect(columns(rows)).toEqual(['NAME  SIZE   NOTE', 'a     12345']);
  expect(columns([])).toEqual([]);
});

it('takes any number of rows, as many as others make processes', () => {
  const rows = Array.from({ length: 300_000 }, (_, at) => [`p${at}`, '1']);
  expect(columns(rows).at(-1)).toBe('p299999  1');
});
