/** What is written, as bytes. */

/** The same bytes, not copied if they are bytes. Undefined for what cannot be written. */
export function toBytes(data: unknown, encoding?: string): Buffer | undefined {
  if (typeof data === 'string') return Buffer.from(data, encoding as BufferEncoding);
  if (!ArrayBuffer.isView(data)) return undefined;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
