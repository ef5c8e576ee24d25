/**
 * Shortens a record that exceeds the limits of the server: names, number of fields, bytes. Marks what is shortened. Pure.
 *
 * @lazy
 */
import type { Fields } from '../record/fields.ts';
import { shortHash } from '../record/hash.ts';
import { isLongName, MAX_FIELDS, MAX_NAME_BYTES } from './limits.ts';

const NAME_BYTES_KEPT = 112;
const MAX_LISTED_NAMES = 20;
const CHUNK_UNITS = 4096;

const OVERFLOW = 'shipper.overflow';
const RENAMED = 'shipper.renamed';
const TRUNCATED_FIELDS = 'shipper.truncated_fields';
const TRUNCATED_BYTES = 'shipper.truncated_bytes';

/** The most bytes that the markers add to a record with shortened values. */
export const MARKER_BYTES: number = MAX_LISTED_NAMES * (MAX_NAME_BYTES * 6 + 4) + 200;

/** Shortens long names, listed in `shipper.renamed`, and moves fields that are too many into `shipper.overflow`. */
export function limitFields(fields: Fields): void {
  const renamed: string[] = [];
  const numbers = new Map<string, number>();
  for (let at = 0; at < fields.names.length; at++) {
    const name = fields.names[at] as string;
    if (fields.values[at] === '' || !isLongName(name)) continue;
    const short = shortName(fields, name, numbers);
    fields.rename(at, short);
    renamed.push(`${JSON.stringify(short)}:${JSON.stringify(name.toWellFormed())}`);
  }
  if (renamed.length > 0) fields.put(RENAMED, JSON.stringify(`{${renamed.join()}}`));
  if (fields.count > MAX_FIELDS) moveToOverflow(fields, MAX_FIELDS - 1, Number.POSITIVE_INFINITY);
}

/** The beginning of the name, and a hash of all of it: a name is always shortened in the same way. */
function shortName(fields: Fields, name: string, numbers: Map<string, number>): string {
  let end = Math.min(name.length, NAME_BYTES_KEPT);
  while (Buffer.byteLength(name.slice(0, end)) > NAME_BYTES_KEPT) end--;
  // A lone surrogate counts as many bytes as the U+FFFD that replaces it.
  const base = `${name.slice(0, end).toWellFormed()}~${shortHash(name)}`;
  let number = numbers.get(base) ?? 1;
  let short = number === 1 ? base : `${base}~${number}`;
  while (fields.has(short)) short = `${base}~${++number}`;
  numbers.set(base, number);
  return short;
}

/** Moves the last fields into one, as the text of an object, until the others are few enough and their names short enough. */
function moveToOverflow(fields: Fields, maxCount: number, maxNameBytes: number): void {
  const moved: string[] = [];
  const earlier = fields.valueOf(OVERFLOW);
  let forNames = bytesOfNames(fields);
  for (let at = fields.names.length - 1; at >= 0; at--) {
    if (fields.count <= maxCount && forNames <= maxNameBytes) break;
    const name = fields.names[at] as string;
    // These two describe other fields, and must stay.
    if (fields.values[at] === '' || name === RENAMED || name === OVERFLOW) continue;
    moved.push(`${JSON.stringify(name)}:${fields.values[at]}`);
    forNames -= nameBytes(name);
    fields.remove(at);
  }
  if (earlier !== undefined) {
    moved.push((JSON.parse(earlier) as string).slice(1, -1));
    fields.remove(fields.indexOf(OVERFLOW));
  }
  fields.put(OVERFLOW, JSON.stringify(`{${moved.reverse().join()}}`));
}

function bytesOfNames(fields: Fields): number {
  return fields.names.reduce(
    (sum, name, at) => (fields.values[at] === '' ? sum : sum + nameBytes(name)),
    0,
  );
}

/** Bytes of the fields in a line. */
export function fieldBytes(fields: Fields): number {
  return fields.values.reduce((sum, value) => sum + Buffer.byteLength(value), bytesOfNames(fields));
}

/** Includes quotes, colon and comma. */
function nameBytes(name: string): number {
  return Buffer.byteLength(JSON.stringify(name)) + 2;
}

/**
 * Cuts the longest values until the fields fit into `maxBytes`. `shipper.truncated_fields` names these fields, and
 * `shipper.truncated_bytes` says how much is gone. The two need up to `MARKER_BYTES` more.
 */
export function cutValues(fields: Fields, maxBytes: number): void {
  let forNames = bytesOfNames(fields);
  if (forNames > maxBytes / 2) {
    moveToOverflow(fields, MAX_FIELDS, maxBytes / 2);
    forNames = bytesOfNames(fields);
  }
  const limit = longestThatFits(fields.values, maxBytes - forNames);
  const cut: string[] = [];
  let cutBytes = 0;
  for (let at = 0; at < fields.values.length; at++) {
    const value = fields.values[at] as string;
    const bytes = Buffer.byteLength(value);
    if (bytes <= limit) continue;
    const kept = cutValue(value, limit);
    fields.values[at] = kept;
    cutBytes += bytes - Buffer.byteLength(kept);
    cut.push(fields.names[at] as string);
  }
  if (cut.length === 0) return;
  const more = cut.length > MAX_LISTED_NAMES ? `,+${cut.length - MAX_LISTED_NAMES}` : '';
  fields.put(TRUNCATED_FIELDS, JSON.stringify(cut.slice(0, MAX_LISTED_NAMES).join() + more));
  fields.put(TRUNCATED_BYTES, String(cutBytes));
}

/** The length to which long values are cut so that all values fit together. Shorter values stay whole. */
function longestThatFits(values: readonly string[], maxBytes: number): number {
  const sizes = values.map((value) => Buffer.byteLength(value)).sort((a, b) => a - b);
  let left = maxBytes;
  for (let at = 0; at < sizes.length; at++) {
    const share = Math.floor(left / (sizes.length - at));
    if ((sizes[at] as number) > share) return share;
    left -= sizes[at] as number;
  }
  return Number.POSITIVE_INFINITY;
}

/** Cuts a value, which is JSON text, to a string of at most `maxBytes`, quotes included. */
export function cutValue(value: string, maxBytes: number): string {
  const text = value.startsWith('"') ? (JSON.parse(value) as string) : value;
  return JSON.stringify(text.slice(0, endOfPiece(text, 0, maxBytes - 2)));
}

/** Splits a well-formed text into pieces. The byte limits are for the JSON text of a piece, without its quotes. */
export function splitText(text: string, firstBytes: number, otherBytes: number): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    const end = endOfPiece(text, at, pieces.length === 0 ? firstBytes : otherBytes);
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}

/** The end of the piece that begins at `start` and takes at most `maxBytes` as JSON. Never inside a surrogate pair. */
function endOfPiece(text: string, start: number, maxBytes: number): number {
  let bytes = 0;
  let at = start;
  // V8 measures a chunk ten times faster than this loop does.
  for (let end = endOfChunk(text, at); end > at; end = endOfChunk(text, at)) {
    const more = Buffer.byteLength(JSON.stringify(text.slice(at, end))) - 2;
    if (bytes + more > maxBytes) break;
    bytes += more;
    at = end;
  }
  while (at < text.length) {
    const code = text.charCodeAt(at);
    const isPair = isHighSurrogate(code);
    bytes += isPair ? 4 : bytesOfUnit(code);
    if (bytes > maxBytes) break;
    at += isPair ? 2 : 1;
  }
  return at;
}

/** Never inside a surrogate pair. */
function endOfChunk(text: string, start: number): number {
  const end = Math.min(start + CHUNK_UNITS, text.length);
  const isCut = end < text.length && isHighSurrogate(text.charCodeAt(end - 1));
  return isCut ? end - 1 : end;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** Bytes that a UTF-16 unit takes in JSON. */
function bytesOfUnit(code: number): number {
  if (code < 0x20) return code >= 0x08 && code <= 0x0d && code !== 0x0b ? 2 : 6;
  if (code === 0x22 || code === 0x5c) return 2;
  if (code < 0x80) return 1;
  return code < 0x800 ? 2 : 3;
}
