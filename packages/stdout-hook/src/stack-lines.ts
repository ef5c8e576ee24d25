/** Keeps the frames of a stack trace with the line that names the error when they are written one by one. */
import { headsFrames, type Stream } from '@direct-logging/core';
import { belongsToStack, MAX_UNFINISHED_CHARS } from './lines.ts';

/** As it was when this was loaded: tests of applications replace it. */
const { nextTick } = process;

/** Takes raw lines in the order of writing and hands over messages. */
export interface StackLines {
  add(stream: Stream, line: string): void;
  /** Hands over what is held, if anything is. */
  flush(): void;
}

/**
 * Only a line that names an error is held, until the tick is over or something else is written. A process that is killed by a
 * signal before that loses it; every other line has left by the time the write returns.
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
