/** The names of fields that have a special meaning for the server or for us. Other fields of these names are renamed. Pure. */
import type { LogInput } from './record.ts';

/** Our names without those that begin with `shipper.`. */
export type OurNames = ReadonlySet<string>;

export const OWN_FIELDS: unique symbol = Symbol('own fields');

/** An input with fields of our own, by what follows `shipper.` in their names. No line and no logger can give it this key. */
export interface OwnInput extends LogInput {
  readonly [OWN_FIELDS]?: Readonly<Record<string, number | string>>;
}

const RESERVED = ['', '_msg', '_time', '_stream', '_stream_id', 'level', 'stream'];
const PREFIX = 'shipper.';

/** @param constantNames Fields that the settings put on every record. */
export function ourNames(constantNames: Iterable<string>): OurNames {
  return new Set([...RESERVED, ...constantNames]);
}

/** Whether only we may set a field of this name. A name that was already renamed is not ours. */
export function isOurs(ours: OurNames, name: string): boolean {
  return ours.has(name) || (name.startsWith(PREFIX) && !name.endsWith('_extracted'));
}
