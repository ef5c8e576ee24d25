/** The lines in the text of a spool file: which are complete, and what is sent to the server. Pure. */
import { flattenJsonObject } from '../../record/json-line.ts';
import { retime } from '../../record/own-time.ts';

/** The lines of a file in order; undefined for an incomplete line. A last line without its newline is left out. */
export function readLines(
  text: string,
  streamFields: ReadonlySet<string>,
  now: number,
): { readonly lines: ReadonlyArray<string | undefined>; readonly isTornAtEnd: boolean } {
  const texts = text.split('\n');
  const isTornAtEnd = texts.pop() !== '';
  const lines = texts.map((line) =>
    isWhole(line, streamFields) ? `${retime(line, now)}\n` : undefined,
  );
  return { lines, isTornAtEnd };
}

/** `_time` comes first in each of our lines. No stream field occurs twice, since that makes the server crash. */
function isWhole(line: string, streamFields: ReadonlySet<string>): boolean {
  if (!line.startsWith('{"_time":"')) return false;
  try {
    JSON.parse(line);
  } catch {
    return false;
  }
  const seen = new Set<string>();
  let isTwice = false;
  flattenJsonObject(line, (name) => {
    if (!streamFields.has(name)) return;
    isTwice ||= seen.has(name);
    seen.add(name);
  });
  return !isTwice;
}
