/** Where output ends up: stdout or stderr, however it is written. */
import type { Stream } from '@direct-logging/core';
import { LineAssembler } from './lines.ts';

/** One byte stream out of the process. The stream and its descriptor share it, since they print to the same place. */
export class CapturedStream {
  readonly name: Stream;
  readonly lines: LineAssembler = new LineAssembler();
  /** True during a captured write. */
  isWriting = false;
  /** What that writes, if its stream hands it to the descriptor. */
  written: unknown;
  /** Bytes that the descriptor did not take. The caller is expected to write them again. */
  refused: Buffer | undefined;

  constructor(name: Stream) {
    this.name = name;
  }
}
