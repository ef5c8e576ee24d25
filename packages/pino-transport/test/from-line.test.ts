import { expect, test } from 'vitest';
import { inputFrom, keysFrom } from '../src/from-line.ts';

test('the text is the line without its end', () => {
  expect(inputFrom('{"level":30,"msg":"a"}\n').text).toBe('{"level":30,"msg":"a"}');
  expect(inputFrom('{"msg":"a"}\r\n').text).toBe('{"msg":"a"}');
});

test("the logger's own name wins", () => {
  expect(inputFrom('{}').logger).toBe('pino');
  expect(inputFrom('{}', { name: 'shop' }).logger).toBe('shop');
});

test('the names of a logger make the keys of its lines', () => {
  expect(keysFrom({})).toEqual({ message: 'msg', error: undefined });
  expect(keysFrom({ messageKey: 'text', errorKey: 'e', nestedKey: 'data' })).toEqual({
    message: 'text',
    error: 'data.e',
  });
});
