/** Encodes fields as they appear in a line, and a text that may be too long for a common one. Pure. */
import type { Fields } from '../record/fields.ts';
import { MAX_STREAM_VALUE_BYTES, MAX_UTF8_BYTES_PER_UNIT } from './limits.ts';
import { cutValue } from './shorten.ts';

/** Nearly all names. */
const IS_PLAIN = /^[\w.-]*$/;

/** Encodes a text, cut to what a stream field may have. */
export function encodeShort(text: string): string {
  const maxBytes = MAX_STREAM_VALUE_BYTES;
  const json = JSON.stringify(text.toWellFormed());
  return json.length * MAX_UTF8_BYTES_PER_UNIT <= maxBytes || Buffer.byteLength(json) <= maxBytes
    ? json
    : cutValue(json, maxBytes);
}

/** One field of a line, with the comma before it. */
export function field(name: string, json: string): string {
  return IS_PLAIN.test(name) ? `,"${name}":${json}` : `,${JSON.stringify(name)}:${json}`;
}

/** All fields of a record. */
export function encodeFields({ names, values }: Fields): string {
  let encoded = '';
  for (let at = 0; at < names.length; at++) {
    if (values[at] !== '') encoded += field(names[at] as string, values[at] as string);
  }
  return encoded;
}
