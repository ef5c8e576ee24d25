import { beforeEach, expect, test } from 'vitest';
import { SharedLines } from '../../src/integrations/shared-lines.ts';

const [one, other] = [{}, {}];
let shared: SharedLines;
beforeEach(() => {
  shared = new SharedLines();
});

test('a line that goes to several files is filed once, and equal lines are lines', () => {
  expect(shared.isFirstFiled(one, 'line')).toBe(true);
  expect(shared.isFirstFiled(other, 'line')).toBe(false);
  expect(shared.isFirstFiled(one, 'line')).toBe(true);
  expect(shared.isFirstFiled(other, 'line')).toBe(false);
  expect(shared.isFirstFiled(other, 'line', 'another logger')).toBe(true);
});

test('a line that was filed is not shipped again when it is printed, the first time', () => {
  expect(shared.isFirstFiled(one, 'line')).toBe(true);
  expect(shared.isToBePrinted(other, 'line')).toBe(false);
  expect(shared.isToBePrinted({}, 'line')).toBe(true);
});

test('a line that was printed is not filed, and is shipped each time that it is printed', () => {
  expect(shared.isToBePrinted(one, 'line')).toBe(true);
  expect(shared.isFirstFiled({}, 'line')).toBe(false);
  expect(shared.isToBePrinted(other, 'line')).toBe(true);
  expect(shared.isToBePrinted(other, 'line')).toBe(true);
});
