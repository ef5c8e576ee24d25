/** A hash that nobody can steer without knowing its key: two lines that differ have the same one only by chance. Pure. */

export type HashKey = Int32Array;

/**
 * HalfSipHash-2-4 (https://github.com/veorq/SipHash) of the code units of a text: 53 of its 64 bits, as one number. FNV and its like
 * would not do, not even with a secret seed: whoever knows how they multiply finds texts that are equal with every seed.
 */
export function halfSipHash(text: string, [k0 = 0, k1 = 0]: HashKey): number {
  let v0 = k0;
  let v1 = k1 ^ 0xee;
  let v2 = k0 ^ 0x6c796765;
  let v3 = k1 ^ 0x74656462;
  let low = 0;
  const last = text.length >> 1;
  for (let word = 0; word <= last + 4; word++) {
    const at = 2 * word;
    let taken = 0;
    if (word < last) taken = text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
    else if (word === last)
      taken = (text.length << 25) | (at < text.length ? text.charCodeAt(at) : 0);
    else if (word === last + 1) v2 ^= 0xee;
    else if (word === last + 3) {
      low = v1 ^ v3;
      v1 ^= 0xdd;
    }
    v3 ^= taken;
    for (let round = 0; round < 2; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    v0 ^= taken;
  }
  return (low >>> 0) * 0x20_0000 + ((v1 ^ v3) >>> 11);
}
