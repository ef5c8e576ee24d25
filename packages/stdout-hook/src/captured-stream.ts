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
