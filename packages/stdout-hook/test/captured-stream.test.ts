import { expect, it } from 'vitest';
import { encodingFrom, toBuffer, toBytes } from '../src/captured-stream.ts';

it('what is written is bytes, of a text in its encoding', () => {
  expect(toBytes('é')).toEqual(Buffer.from([0xc3, 0xa9]));
  expect(toBytes('4142', 'hex')).toEqual(Buffer.from('AB'));
  expect(toBuffer({ data: 'é', encoding: 'latin1' })).toEqual(Buffer.from([0xe9]));
});

it('bytes are not copied, and only those of a view count', () => {
  const memory = Buffer.from('abc');
  const bytes = toBytes(new Uint8Array(memory.buffer, memory.byteOffset + 1, 1));
  memory[1] = 0x78;
  expect(bytes?.toString()).toBe('x');
});

it.each([[undefined], [7], [{ length: 1 }], [new ArrayBuffer(1)]])('%j is nothing', (data) => {
  expect(toBytes(data)).toBeUndefined();
  expect(toBuffer({ data })).toHaveLength(0);
});

it('only a text names an encoding', () => {
  expect([encodingFrom('hex'), encodingFrom({}), encodingFrom(undefined)]).toEqual([
    'hex',
    undefined,
    undefined,
  ]);
});
