/** What is written, as bytes. */
import type { Written } from './captured-stream.ts';

/** The same bytes, not copied if they are bytes. Undefined for what cannot be written. */
export function toBytes(data: unknown, encoding?: string): Buffer | undefined {
  if (typeof data === 'string') return Buffer.from(data, encoding as BufferEncoding);
  if (!ArrayBuffer.isView(data)) return undefined;
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}

/** The same, or no bytes. */
export function toBuffer({ data, encoding }: Written): Buffer {
  return toBytes(data, encoding) ?? Buffer.alloc(0);
}

export function encodingFrom(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
