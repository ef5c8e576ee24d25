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

test('a destination with a transport of its own ships a line unless it was shipped without it, and replaces no other one', () => {
  const [own, another] = [{}, {}];
  const isDue = (destination: object, line: string) =>
    shared.isFirstFiled(destination, line, undefined, true);
  expect(isDue(own, 'own')).toBe(true);
  expect(isDue(another, 'own')).toBe(true);
  expect(shared.isFirstFiled(one, 'own')).toBe(false);
  expect(shared.isToBePrinted(other, 'own')).toBe(false);
  expect(isDue({}, 'own')).toBe(true);

  expect(shared.isToBePrinted(one, 'printed')).toBe(true);
  expect(isDue(own, 'printed')).toBe(false);
  expect(isDue(another, 'printed')).toBe(false);

  expect(shared.isFirstFiled(one, 'filed')).toBe(true);
  expect(isDue(own, 'filed')).toBe(false);

  expect(isDue(own, 'printed twice')).toBe(true);
  expect(shared.isToBePrinted(one, 'printed twice')).toBe(false);
  expect(shared.isToBePrinted(other, 'printed twice')).toBe(true);
  expect(isDue(another, 'printed twice')).toBe(false);
});
