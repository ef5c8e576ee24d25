/** Encodes fields as they appear in a line. */
import { copyOf } from '../record/copy-of.ts';
import type { Fields } from '../record/fields.ts';

const MAX_NAMES_CACHED = 500;

/** Encoded names: programs use the same few again and again. */
const encodedNames = new Map<string, string>();

/** All fields of a record, each with a comma before it. */
export function encodeFields({ names, values }: Fields): string {
  let encoded = '';
  for (let at = 0; at < names.length; at++) {
    const value = values[at] as string;
    if (value !== '') encoded += encodeName(names[at] as string) + value;
  }
  return encoded;
}

/** The name of a field in a line, with the comma before it and the colon after it. */
export function encodeName(name: string): string {
  let encoded = encodedNames.get(name);
  if (encoded === undefined) {
    encoded = `,${JSON.stringify(name)}:`;
    if (encodedNames.size < MAX_NAMES_CACHED) {
      encodedNames.set(copyOf(name), encoded);
    }
  }
  return encoded;
}
