/** Tells the frames of a stack trace from other lines. Pure. */

/**
 * How many characters of an unfinished line are held. A longer one is passed on as it is, and then a value behind the cut has no name by
 * which it could be redacted. A pipe gives 64 KiB at a time, so this is far above what programs print in a line.
 */
export const MAX_UNFINISHED_CHARS: number = 8 * 1024 * 1024;

/** A line that may be a frame of a stack trace. */
const MAY_BE_FRAME = /^\s+at \S/;
/** A line that is a frame, whatever is above it. It is complete: it ends with a place in a program. */
export const WHOLE_FRAME: RegExp = /^\s+at \S.*(?:\)|:\d+:\d+|<anonymous>)$/;
/** What can follow the frames of an error: causes, as Java and other languages print them, and frames that these share. */
const MAY_FOLLOW_FRAMES = /^(?:Caused by: \S|\s+(?:Suppressed: \S|\.\.\. \d+ ))/;
/**
 * Whether a line belongs to the message above it: a frame, or a cause below frames.
 * @param isOfError Whether that message names an error.
 * @param hasFrames Whether that message has frames already.
 */
export function belongsToStack(line: string, isOfError: boolean, hasFrames: boolean): boolean {
  if (MAY_BE_FRAME.test(line)) return isOfError || WHOLE_FRAME.test(line);
  return isOfError && hasFrames && MAY_FOLLOW_FRAMES.test(line);
}

/** Whether the last line of a message is a frame. */
export function endsInFrame(message: string): boolean {
  return WHOLE_FRAME.test(message.slice(message.lastIndexOf('\n') + 1));
}
