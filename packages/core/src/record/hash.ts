/** A short hash, FNV-1a with 32 bits: `node:crypto` costs milliseconds at start. Pure. */

/** In hexadecimal, eight digits. */
export function shortHash(text: string, seed = 0x811c9dc5): string {
  let value = seed;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, '0');
}
