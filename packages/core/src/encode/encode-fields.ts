/** Encodes fields as they appear in a line. */
import type { Fields } from '../record/fields.ts';
import { isOurs, ourNames } from '../record/our-names.ts';
import { encodeShort } from './encode-short.ts';
import { isLongName, MAX_STREAM_VALUE_BYTES } from './limits.ts';

/** The settings that become fields of every record. */
export interface ConstantSettings {
  readonly containerName: string;
  readonly job: string;
  readonly shipperId: string;
  readonly extraFields: Readonly<Record<string, string>>;
}

const MAX_EXTRA_FIELDS_BYTES = 32 * 1024;
const MAX_NAMES_CACHED = 500;

/** Names and JSON texts of the fields on every record. Leaves out extra fields that are reserved, too long or too many. */
export function constantFields(settings: ConstantSettings): Map<string, string> {
  const fields = new Map([
    ['container_name', encodeShort(settings.containerName, MAX_STREAM_VALUE_BYTES)],
    ['job', encodeShort(settings.job, MAX_STREAM_VALUE_BYTES)],
    ['shipper.id', encodeShort(settings.shipperId, MAX_STREAM_VALUE_BYTES)],
  ]);
  const taken = ourNames(fields.keys());
  let bytes = 0;
  for (const [name, value] of Object.entries(settings.extraFields)) {
    if (isOurs(taken, name) || isLongName(name)) continue;
    const json = encodeShort(String(value), MAX_STREAM_VALUE_BYTES);
    bytes += Buffer.byteLength(field(name, json));
    if (bytes <= MAX_EXTRA_FIELDS_BYTES) fields.set(name, json);
  }
  return fields;
}

/** One field of a line, with the comma before it. */
export function field(name: string, json: string): string {
  return `,${JSON.stringify(name)}:${json}`;
}

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
      // A copy: the name may be a slice that keeps the whole text of its line alive.
      encodedNames.set(JSON.parse(encoded.slice(1, -1)) as string, encoded);
    }
  }
  return encoded;
}
