/** Where output ends up: stdout or stderr, whichever way it is written there. */
import type { Stream } from '@direct-logging/core';
import { LineAssembler } from './lines.ts';

/** One byte stream to the outside. The stream and its descriptor share it, as they share what is printed. */
export class Outlet {
  readonly stream: Stream;
  readonly lines: LineAssembler = new LineAssembler();
  /** True while a captured write is carried out: the writes inside it are the same output once more. */
  isWriting = false;
  /** Bytes that the descriptor did not take. Whoever wrote them writes them again. */
  refused: Buffer | undefined;

  constructor(stream: Stream) {
    this.stream = stream;
  }
}
