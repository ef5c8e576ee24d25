/** Short hashes: `node:crypto` costs milliseconds at start. Pure. */

/** FNV-1a with 32 bits, in hexadecimal. A second seed makes another hash. */
export function shortHash(text: string, seed = 0x811c9dc5): string {
  let value = seed;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, '0');
}
