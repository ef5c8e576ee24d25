/** What moves the cursor of a terminal at the ends of a line. Pure. */

const RETURN = 0x0d;
const ESCAPE = '\x1b';

/** Goes to the first column, or clears a line, at the beginning of a line. */
const LEADING_RETURNS = new RegExp(`^(?:\\r|${ESCAPE}\\[(?:[01]?G|[0-2]?[JK]))+`);

/** A return at the end belongs to the newline. Returns at the beginning overwrote nothing. */
export function withoutReturns(line: string): string {
  const first = line.charCodeAt(0);
  if (first !== RETURN && first !== ESCAPE.charCodeAt(0) && !line.endsWith('\r')) return line;
  return line.replace(LEADING_RETURNS, '').replace(/\r$/, '');
}
