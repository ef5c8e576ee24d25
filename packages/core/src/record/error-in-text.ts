/** Finds an error in a text that shows it: `TypeError: message`, with or without frames below. Pure. */

/** An error, read from its text. */
interface ShownError {
  readonly type: string;
  readonly message: string;
  readonly stack: string;
}

/** A class name that looks like an error's, with its packages: `RangeError`, `org.example.IoException`. */
const NAME = '((?:[A-Za-z_$][\\w$]{0,60}\\.){0,10}(?:[A-Z][\\w$]{0,80})?(?:Error|Exception))';
/** Node shows the code of an error after its name. */
const CODE = '(?: \\[\\w{1,60}\\])?';

const LEADING = new RegExp(`(?:Uncaught )?${NAME}${CODE}(?::(?=\\s|$)|(?=\\n\\s+at ))`, 'y');
const NAME_ALONE = new RegExp(`^(?:Uncaught )?${NAME}${CODE}$`);
const NAMED = new RegExp(`(?<![^\\s:[(])${NAME}${CODE}(?:: ?|$)`);
/** A frame, or a line between the frames of an error and those of its causes. */
const FRAME = /\n(?:[ \t]+(?:at \S|\.\.\. \d+ |Suppressed: )|Caused by: )[^\n]*/y;
const FIRST_FRAME = /\n[ \t]+at \S/;
/** The last frame. A console call may have printed more after it. */
const WHOLE_FRAME = /^.*:\d+:\d+\)?/;

/** Whether the text names an error at this place: `RangeError: …`, `TypeError [ERR_X]: …`, `Error` above frames. */
export function namesError(text: string, at: number): boolean {
  LEADING.lastIndex = at;
  return LEADING.test(text);
}

/** Whether frames can follow a line: it starts with the name of an error, or is such a name. */
export function headsFrames(line: string): boolean {
  return namesError(line, 0) || NAME_ALONE.test(line);
}

/** The first error that the text shows with its frames; undefined for a text without frames. */
export function errorInText(text: string): ShownError | undefined {
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
