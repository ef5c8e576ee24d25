/** Keeps the frames of a stack trace with the line that names the error, even if they are written one by one. */
import { guarded, headsFrames, keepContext, type Stream } from '@direct-logging/core';
import { belongsToStack, endsInFrame, MAX_UNFINISHED_CHARS } from './frames.ts';

/** Taken when this module is loaded: an application's tests may replace it later. */
const { nextTick } = process;

interface Held {
  readonly stream: Stream;
  readonly lines: string[];
  length: number;
  hasFrames: boolean;
  /** In the context of the line. */
  readonly emit: () => void;
}

/**
 * Takes raw lines in the order of writing and emits messages. Holds only a line that names an error, until the tick is over
 * or something else is written. If a signal kills the process before that, the line is lost. Every other line has been
 * emitted by the time the write returns.
 */
export class StackLines {
  /** True while a line waits for its frames. Set only here. */
  isHolding = false;
  #held: Held | undefined;
  readonly #emit: (stream: Stream, message: string) => void;
  constructor(emit: (stream: Stream, message: string) => void) {
    this.#emit = emit;
  }

  add(stream: Stream, line: string): void {
    const held = this.#held;
    if (held?.stream === stream && belongsToStack(line, true, held.hasFrames)) {
      held.lines.push(line);
      held.length += line.length;
      held.hasFrames = true;
      if (held.length > MAX_UNFINISHED_CHARS) this.flush();
      return;
    }
    this.flush();
    const hasFrames = line.includes('\n');
    // A whole frame at the end of the write: that is the stack.
    if ((hasFrames && endsInFrame(line)) || !headsFrames(line)) {
      this.#emit(stream, line);
      return;
    }
    const lines = [line];
    const emit = keepContext(() => this.#emit(stream, lines.join('\n')));
    this.#held = { stream, lines, length: line.length, hasFrames, emit };
    this.isHolding = true;
    nextTick(guarded(() => this.flush()));
  }

  flush(): void {
    const held = this.#held;
    this.#held = undefined;
    this.isHolding = false;
    held?.emit();
  }
}
