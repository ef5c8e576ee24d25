import { expect, it } from 'vitest';
import { halfSipHash } from '../../src/child-output/half-sip-hash.ts';

const KEY = Int32Array.of(0x03020100, 0x07060504);

/** Of HalfSipHash-2-4 with 64 bits, `vectors.h` in https://github.com/veorq/SipHash: the bytes 0, 1, 2, …, as many as it says. */
const VECTORS: ReadonlyMap<number, string> = new Map([
  [0, '218d1f59b9b83cc8'],
  [2, '064f39ef7c50eb57'],
  [4, 'd5e78a175be52ea1'],
  [6, 'ce3e91358aa2bc25'],
  [8, 'edfee820bce4858c'],
  [30, '291aaf864898179d'],
  [32, '28709d46d811626c'],
  [62, 'f90b3ab572d46693'],
]);

it.each([...VECTORS])('hashes %i bytes as its authors do', (length, vector) => {
  const bytes = Buffer.from(Array.from({ length }, (_, at) => at));
  const expected = Buffer.from(vector, 'hex');
  expect(halfSipHash(bytes.toString('utf16le'), KEY)).toBe(
    expected.readUInt32LE(0) * 2 ** 21 + (expected.readUInt32LE(4) >>> 11),
  );
});
