/** The limits of the server that every record is compared with. Pure. */

/** The server takes 262,144 bytes including the newline. It may lose the neighbors of a longer line, too. */
export const MAX_LINE_BYTES = 256_000;
/** A longer value in a stream field can make rows unfindable; the server's own limit is 64 KiB for all stream fields. */
export const MAX_STREAM_VALUE_BYTES = 1024;
/** If a name is longer, the server moves the whole record into its message. */
export const MAX_NAME_BYTES = 128;
/** What a UTF-16 unit takes at most. */
export const MAX_UTF8_BYTES_PER_UNIT = 3;
/** A line of at most this many UTF-16 units always fits. */
export const MAX_UNITS_UNCOUNTED: number = Math.floor(MAX_LINE_BYTES / MAX_UTF8_BYTES_PER_UNIT);

export function isLongName(name: string): boolean {
  if (name.length * MAX_UTF8_BYTES_PER_UNIT <= MAX_NAME_BYTES) return false;
  return name.length > MAX_NAME_BYTES || Buffer.byteLength(name) > MAX_NAME_BYTES;
}
