/** Keeps the frames of a stack trace with the line that names the error, even if they are written one by one. */
import { headsFrames, type Stream } from '@direct-logging/core';
import { belongsToStack, MAX_UNFINISHED_CHARS } from './lines.ts';

/** Taken when this module is loaded: an application's tests may replace it later. */
const { nextTick } = process;

/** Takes raw lines in the order of writing and hands over messages. */
export interface StackLines {
  add(stream: Stream, line: string): void;
  /** Hands over what is held, if anything is. */
  flush(): void;
}

/**
 * Holds only a line that names an error, until the tick is over or something else is written. If a signal kills the process
 * before that, the line is lost. Every other line has been handed over by the time the write returns.
 */
export function createStackLines(emit: (stream: Stream, message: string) => void): StackLines {
  let held:
    | { readonly stream: Stream; readonly lines: string[]; length: number; hasFrames: boolean }
    | undefined;

  function flush(): void {
    const message = held;
    held = undefined;
    if (message !== undefined) emit(message.stream, message.lines.join('\n'));
  }

  return {
    add(stream, line) {
      if (held?.stream === stream && belongsToStack(line, true, held.hasFrames)) {
        held.lines.push(line);
        held.length += line.length;
        held.hasFrames = true;
        if (held.length > MAX_UNFINISHED_CHARS) flush();
        return;
      }
      flush();
      if (!headsFrames(line)) return emit(stream, line);
      held = { stream, lines: [line], length: line.length, hasFrames: line.includes('\n') };
      nextTick(flush);
    },
    flush,
  };
}
