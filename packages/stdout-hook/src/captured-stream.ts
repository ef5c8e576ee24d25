/** Where output ends up: stdout or stderr, however it is written. */
import type { Stream } from '@direct-logging/core';
import { LineAssembler } from './lines.ts';

export interface Written {
  readonly data: unknown;
  readonly encoding?: string | undefined;
}

/** One byte stream out of the process. The stream and its descriptor share it, since they print to the same place. */
export class CapturedStream {
  readonly name: Stream;
  readonly lines: LineAssembler = new LineAssembler();
  /** True during a captured write: writes inside it are the same output again, unless `written` shows that they are not. */
  isWriting = false;
  /** What the stream is writing. Undefined where another text may stand for it on its way to the descriptor. */
  written: Written | undefined;
  /** True in the callback of an asynchronous write: what it writes next has waited, and it has the context of what it wrote before. */
  isContinuing = false;
  /** Bytes that the descriptor did not take. The caller is expected to write them again. */
  refused: Buffer | undefined;

  constructor(name: Stream) {
    this.name = name;
  }
}

/** What is written, as bytes, which are not copied. Undefined for what cannot be written. */
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
