/** Tells whether an error was printed as it is: an application can redact it first, or print only a part of it. Pure. @lazy errors */
import { findText, isError, withRelated } from '@direct-logging/core';

/**
 * Whether the text shows all that a record would have of the error: its message, stack and code, and those of its causes and
 * of the errors that it collects. False for an error that throws when it is read.
 */
export function isPrinted(error: unknown, text: string): boolean {
  try {
    return withRelated(error).every(([, one]) => shows(text, one));
  } catch {
    return false;
  }
}

function shows(text: string, value: unknown): boolean {
  if (!isError(value)) return findText(text, String(value)) >= 0;
  const { message, stack, code } = value as Error & Record<string, unknown>;
  const [first = '', ...frames] = typeof stack === 'string' ? stack.split('\n') : [];
  const lines = [withoutName(first), ...frames.map((line) => line.trim())];
  const hasCode = typeof code === 'string' || typeof code === 'number';
  return (
    hasInOrder(text, linesOf(message)) &&
    hasInOrder(text, lines) &&
    (!hasCode || findText(text, String(code)) >= 0)
  );
}

/**
 * Whether the text has these lines, in their order. It is read a few times at most: a stranger may have written thousands of lines.
 * Node prints repeated frames once, and leaves out frames in the middle of a stack that are printed later, with the cause. What follows
 * them stands before these, so the search may begin again once.
 * https://github.com/nodejs/node/blob/main/lib/internal/util/inspect.js (`getStackFrames`)
 */
function hasInOrder(text: string, lines: readonly string[]): boolean {
  let from = 0;
  let mayBeginAgain = true;
  return [...new Set(lines)].every((line) => {
    let at = findText(text, line, from);
    if (at < 0 && mayBeginAgain) {
      mayBeginAgain = false;
      at = findText(text, line);
    }
    from = at + line.length;
    return at >= 0;
  });
}

/** Trimmed, since Node indents the lines of an error that is inside something else. */
function linesOf(message: unknown): string[] {
  return String(message)
    .split('\n')
    .map((line) => line.trim());
}

/** If a class has not set its name, `Error: x` is printed as `OrderError: x`. A code can stand in between. */
function withoutName(line: string): string {
  return line.replace(/^[\w$.]*(?:Error|Exception)?(?: \[\w+\])?(?:: |$)/, '').trim();
}
