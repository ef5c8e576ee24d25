/** Shortens a record that exceeds the limits of the server: names, number of fields, bytes. Marks what is shortened. Pure. @lazy */
import type { Fields } from '../record/fields.ts';
import { shortHash } from '../record/hash.ts';
import { isLongName, MAX_NAME_BYTES } from './limits.ts';

/** Leaves room for the hash and, if there are two of a hash, for what `freeName` adds. */
const NAME_BYTES_KEPT = 96;
const MAX_LISTED_NAMES = 20;
const BACKSLASH = 0x5c;

const OVERFLOW = 'shipper.overflow';
const RENAMED = 'shipper.renamed';
const TRUNCATED_FIELDS = 'shipper.truncated_fields';
const TRUNCATED_BYTES = 'shipper.truncated_bytes';

/** The most bytes that the markers add to a record with shortened values. */
export const MARKER_BYTES: number = MAX_LISTED_NAMES * (MAX_NAME_BYTES * 6 + 4) + 200;

/** Shortens long names; `shipper.renamed` has them. */
export function shortenNames(fields: Fields): void {
  const renamed: string[] = [];
  for (let at = 0; at < fields.names.length; at++) {
    const name = fields.names[at] as string;
    if (fields.values[at] === '' || !isLongName(name)) continue;
    const shortest = shortName(name);
    const short = fields.has(shortest) ? fields.freeName(shortest) : shortest;
    fields.rename(at, short);
    renamed.push(`${JSON.stringify(short)}:${JSON.stringify(name.toWellFormed())}`);
  }
  if (renamed.length > 0) fields.put(RENAMED, JSON.stringify(`{${renamed.join()}}`));
}

/** The beginning of the name, and a hash of all of it: a name is always shortened in the same way. */
function shortName(name: string): string {
  let end = Math.min(name.length, NAME_BYTES_KEPT);
  while (Buffer.byteLength(name.slice(0, end)) > NAME_BYTES_KEPT) end--;
  // A lone surrogate counts as many bytes as the U+FFFD that replaces it.
  return `${name.slice(0, end).toWellFormed()}~${shortHash(name)}`;
}

/** Moves the fields at these positions into one, as the text of an object. */
export function moveToOverflow(fields: Fields, positions: readonly number[]): void {
  const moved = positions.map((at) => `${JSON.stringify(fields.names[at])}:${fields.values[at]}`);
  const earlier = fields.indexOf(OVERFLOW);
  for (const at of positions) fields.remove(at);
  if (earlier >= 0) {
    moved.push((JSON.parse(fields.values[earlier] as string) as string).slice(1, -1));
    fields.remove(earlier);
  }
  fields.put(OVERFLOW, JSON.stringify(`{${moved.join()}}`));
}

/** The positions of the last fields, as many as have to go until the names of the others take at most `maxBytes`. */
function lastFields({ names, values }: Fields, bytes: number, maxBytes: number): number[] {
  const positions: number[] = [];
  let left = bytes;
  for (let at = names.length - 1; at >= 0 && left > maxBytes; at--) {
    const name = names[at] as string;
    // These two describe other fields, and must stay.
    if (values[at] === '' || name === RENAMED || name === OVERFLOW) continue;
    positions.unshift(at);
    left -= nameBytes(name);
  }
  return positions;
}

function bytesOfNames(fields: Fields): number {
  return fields.names.reduce(
    (sum, name, at) => (fields.values[at] === '' ? sum : sum + nameBytes(name)),
    0,
  );
}

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
    moveToOverflow(fields, lastFields(fields, forNames, maxBytes / 2));
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
  const json = value.startsWith('"') ? withoutEscapedPairs(value) : JSON.stringify(value);
  return `${json.slice(0, endOfPiece(json, 1, maxBytes - 2))}"`;
}

/** Splits a string, which is JSON text, into several. The byte limits are for a piece without its quotes. */
export function splitString(value: string, firstBytes: number, otherBytes: number): string[] {
  const json = withoutEscapedPairs(value);
  const pieces: string[] = [];
  for (let at = 1; at < json.length - 1; ) {
    const end = endOfPiece(json, at, pieces.length === 0 ? firstBytes : otherBytes);
    pieces.push(`"${json.slice(at, end)}"`);
    at = end;
  }
  return pieces;
}

/** Between the two escapes of a surrogate pair, nothing may be split. */
function withoutEscapedPairs(json: string): string {
  return /\\ud[89ab]/i.test(json) ? JSON.stringify(JSON.parse(json)) : json;
}

/** The end of the piece that begins at `start` and takes at most `maxBytes`. */
function endOfPiece(json: string, start: number, maxBytes: number): number {
  let at = start;
  let left = maxBytes;
  for (let units = left; units > 0 && at < json.length - 1; ) {
    const end = wholeUntil(json, at, at + units);
    const bytes = Buffer.byteLength(json.slice(at, end));
    if (end === at || bytes > left) units >>= 1;
    else {
      at = end;
      left -= bytes;
    }
  }
  return at;
}

/** The last place up to `to` that is not inside an escape or a surrogate pair, and not behind the text. */
function wholeUntil(json: string, from: number, to: number): number {
  if (to >= json.length - 1) return json.length - 1;
  const last = json.charCodeAt(to - 1);
  if (last >= 0xd800 && last <= 0xdbff) return to - 1;
  const near = Math.max(from, to - 5);
  const at = near + json.slice(near, to).lastIndexOf('\\');
  if (at < near) return to;
  let first = at;
  while (first > from && json.charCodeAt(first - 1) === BACKSLASH) first--;
  const isSecond = (at - first) % 2 === 1;
  return isSecond || at + (json[at + 1] === 'u' ? 6 : 2) <= to ? to : at;
}
