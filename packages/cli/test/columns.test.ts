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
