/**
 * Tells whether an error was printed as it is: an application can redact it first, or print only a part of it. Pure.
 *
 * @lazy
 */
import { findText, isError, MAX_RELATED } from '@direct-logging/core';

/**
 * Whether the text shows all that a record would have of the error: its message, stack and code, and those of its causes and
 * of the errors that it collects. False for an error that throws when it is read.
 */
export function isPrinted(error: unknown, text: string): boolean {
  try {
    return shows(text, error, new Set());
  } catch {
    return false;
  }
}

function shows(text: string, value: unknown, seen: Set<unknown>): boolean {
  if (seen.has(value) || seen.size >= MAX_RELATED) return true;
  if (!isError(value)) return findText(text, String(value)) >= 0;
  seen.add(value);
  const { message, stack, cause, errors, code } = value as Error & Record<string, unknown>;
  const lines = typeof stack === 'string' ? stack.split('\n') : [];
  return (
    hasInOrder(text, linesOf(message)) &&
    hasInOrder(
      text,
      lines.map((line, at) => (at === 0 ? withoutName(line) : line.trim())),
    ) &&
    (typeof code !== 'string' || findText(text, code) >= 0) &&
    (cause === undefined || cause === null || shows(text, cause, seen)) &&
    (!Array.isArray(errors) || errors.slice(0, MAX_RELATED).every((one) => shows(text, one, seen)))
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
