/** Turns a record that is too long for one line into several: splits its message, and cuts its fields. Pure. @lazy */
import type { Fields } from '../record/fields.ts';
import { CONTEXT_NAMES } from './common-fields.ts';
import { encodeFields, field } from './encode-fields.ts';
import { MAX_LINE_BYTES, MAX_STREAM_VALUE_BYTES } from './limits.ts';
import { cutValue, cutValues, fieldBytes, MARKER_BYTES, splitString } from './shorten.ts';

/** A message keeps at least this much room beside long fields. */
export const MIN_MESSAGE_BYTES: number = 32 * 1024;
/** `_time` and the numbers in `shipper.group`, `shipper.part`, `shipper.parts`, `shipper.seq`, with room to spare. */
const NUMBER_FIELDS_BYTES = 256;
/** Every part of a long message has these, so that a query by them finds all parts. */
const NAMES_ON_EVERY_PART = [...CONTEXT_NAMES, 'logger'];

/**
 * The parts, each from `_msg` to the fields. Together, the texts of `_msg` in the order of `shipper.part` are the message.
 * @param commonBytes Bytes of what else is in a line.
 * @param group The number (`shipper.seq`) of the first part.
 */
export function splitRecord(
  message: string,
  fields: Fields,
  commonBytes: number,
  ownStreamFields: readonly string[],
  group: number,
): string[] {
  const room = MAX_LINE_BYTES - commonBytes - NUMBER_FIELDS_BYTES;
  const forMessage = Math.min(Buffer.byteLength(message), MIN_MESSAGE_BYTES);
  if (fieldBytes(fields) > room - forMessage) cutValues(fields, room - forMessage - MARKER_BYTES);
  const onFirst = encodeFields(fields);
  const onOthers = fieldsOfOtherParts(fields, ownStreamFields);
  const pieces = splitString(
    message,
    room - Buffer.byteLength(onFirst),
    room - Buffer.byteLength(onOthers),
  );
  const count = pieces.length;
  return pieces.map((piece, at) => {
    const part = `,"shipper.group":${group},"shipper.part":${at + 1},"shipper.parts":${count}`;
    return piece + (count === 1 ? '' : part) + (at === 0 ? onFirst : onOthers);
  });
}

function fieldsOfOtherParts(fields: Fields, ownStreamFields: readonly string[]): string {
  return [...new Set([...NAMES_ON_EVERY_PART, ...ownStreamFields])]
    .filter((name) => fields.has(name))
    .map((name) => field(name, cutValue(fields.valueOf(name) as string, MAX_STREAM_VALUE_BYTES)))
    .join('');
}
