/** Encodes one field, and a text that may be too long for its place. Pure. */
import { MAX_UTF8_BYTES_PER_UNIT } from './limits.ts';
import { cutValue } from './shorten.ts';

/** Encodes a text, cut to `maxBytes` at most. */
export function encodeShort(text: string, maxBytes: number): string {
  const json = JSON.stringify(text.toWellFormed());
  return json.length * MAX_UTF8_BYTES_PER_UNIT <= maxBytes || Buffer.byteLength(json) <= maxBytes
    ? json
    : cutValue(json, maxBytes);
}

/** One field of a line, with the comma before it. */
export function field(name: string, json: string): string {
  return `,${JSON.stringify(name)}:${json}`;
}
