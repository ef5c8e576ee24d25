/** What moves the cursor of a terminal at the ends of a line. Pure. */

const RETURN = 0x0d;
const ESCAPE = '\x1b';

/** Goes to a column or another line, or clears a line or the screen. */
const RETURNS = new RegExp(`\\r+|${ESCAPE}\\[\\d*[A-GJK]`, 'y');

/** A return at the end belongs to the newline. Returns at the beginning overwrote nothing. */
export function withoutReturns(line: string): string {
  const first = line.charCodeAt(0);
  if (first !== RETURN && first !== ESCAPE.charCodeAt(0) && !line.endsWith('\r')) return line;
  // A loop: the line can have more of them than one match of V8 can go back over.
  let start = 0;
  RETURNS.lastIndex = 0;
  while (RETURNS.test(line)) start = RETURNS.lastIndex;
  return line.slice(start).replace(/\r$/, '');
}
