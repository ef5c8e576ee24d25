import { expect, it } from 'vitest';
import { LineAssembler } from '../src/lines.ts';

it('a whole line comes out at once, and needs nothing of the line before it', () => {
  const assembler = new LineAssembler();
  expect(assembler.addText('one\n')).toEqual(['one']);
  expect(assembler.addText('two\r\n')).toEqual(['two']);
  expect(assembler.addBytes(Buffer.from('é\n'))).toEqual(['é']);
  expect(assembler.finish('a\nb\n')).toBe('a\nb');
  expect([assembler.cut(), assembler.end(), assembler.isAtStart]).toEqual([[], [], true]);
});

it('knows whether a line is unfinished', () => {
  const assembler = new LineAssembler();
  expect([assembler.addText('on'), assembler.isAtStart]).toEqual([[], false]);
  expect([assembler.addText('e\n'), assembler.isAtStart]).toEqual([['one'], true]);
  expect([assembler.addBytes(Buffer.from('a\ntwo\n')), assembler.isAtStart]).toEqual([
    ['a', 'two'],
    false,
  ]);
  expect([assembler.finish('three\n'), assembler.isAtStart]).toEqual(['three', true]);
  expect([assembler.addText('four'), assembler.end(), assembler.isAtStart]).toEqual([
    [],
    ['four'],
    true,
  ]);
});
