/** Finds an error in a text that shows it: `TypeError: message`, with or without frames below. Pure. @lazy lines */
import type { ErrorParts } from './error-to-fields.ts';
import { CODE, NAME } from './text-level.ts';

const NAMED = new RegExp(`(?<![^\\s:[(])${NAME}${CODE}(?:: ?|$)`);
/** A frame, or a line between the frames of an error and those of its causes. */
const FRAME = /\n(?:[ \t]+(?:at \S|\.\.\. \d+ |Suppressed: )|Caused by: )[^\n]*/y;
const FIRST_FRAME = /\n[ \t]+at \S/;
/** The last frame. A console call may have printed more after it. */
const WHOLE_FRAME = /^.*:\d+:\d+\)?/;

/** The first error that the text shows with its frames; undefined for a text without frames. */
export function errorInText(text: string): Partial<ErrorParts> | undefined {
  if (!text.includes('\n')) return undefined;
  const frames = text.search(FIRST_FRAME);
  const head = frames < 0 ? '' : text.slice(0, frames);
  const named = NAMED.exec(head);
  if (named === null) return undefined;
  const message = head.slice(named.index + named[0].length);
  const stack = withoutRest(text.slice(named.index, endOfFrames(text, frames)));
  return { type: named[1] as string, message, stack };
}

function withoutRest(stack: string): string {
  const lastLine = stack.lastIndexOf('\n') + 1;
  const frame = WHOLE_FRAME.exec(stack.slice(lastLine));
  return frame === null ? stack : stack.slice(0, lastLine) + frame[0];
}

function endOfFrames(text: string, start: number): number {
  let end = start;
  FRAME.lastIndex = start;
  while (FRAME.test(text)) end = FRAME.lastIndex;
  return end;
}
