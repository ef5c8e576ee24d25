import { expect, test } from 'vitest';
import { inputFrom } from '../src/from-line.ts';

test('the text is the line without its end', () => {
  expect(inputFrom('{"level":30,"msg":"a"}\n').text).toBe('{"level":30,"msg":"a"}');
  expect(inputFrom('{"msg":"a"}\r\n').text).toBe('{"msg":"a"}');
});

test("the logger's own name wins", () => {
  expect(inputFrom('{}').logger).toBe('pino');
  expect(inputFrom('{}', { name: 'shop' }).logger).toBe('shop');
});

test.each([
  [5, 'TRACE'],
  [10, 'TRACE'],
  [20, 'DEBUG'],
  [30, 'INFO'],
  [35, 'INFO'],
  [50, 'ERROR'],
  [60, 'FATAL'],
  [1000, 'FATAL'],
])('level %i stands for %s', (level, expected) => {
  expect(inputFrom('{}', { level }).level).toBe(expected);
});
