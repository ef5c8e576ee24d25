/** The names of fields that have a special meaning for the server or for us. Other fields of these names are renamed. Pure. */

/** Our names without those that begin with `shipper.`. */
export type OurNames = ReadonlySet<string>;

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
