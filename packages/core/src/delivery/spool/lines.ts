/** The lines in the text of a spool file: which are complete, and what is sent to the server. Pure. */
import { flattenJsonObject, parseJson } from '../../record/json-line.ts';
import type { Redaction } from '../../record/redact.ts';
import { type Retiming, retime } from '../../record/retime.ts';

/** The server's limit, including the newline: it drops a longer line, and still acknowledges it. */
const MAX_SERVER_BYTES = 2 ** 18;

export interface LinesOfFile {
  readonly lines: ReadonlyArray<string | undefined>;
  readonly isTruncatedAtEnd: boolean;
}

/**
 * The lines of a file in order; undefined for one that is incomplete, longer than any of ours, or cannot be redacted. A last line
 * without its newline is left out.
 * @param redact The rules of this process. The one that wrote the file may have had others.
 */
export function readLines(
  text: string,
  streamFields: ReadonlySet<string>,
  window: Retiming,
  redact?: Redaction,
): LinesOfFile {
  const texts = text.split('\n');
  const isTruncatedAtEnd = texts.pop() !== '';
  const lines = texts.map((text) => {
    const known = isWhole(text, streamFields) ? text : undefined;
    const shown = known && redact ? redact.line(known) : known;
    if (shown === undefined) return undefined;
    const line = retime(shown, window);
    return Buffer.byteLength(line) < MAX_SERVER_BYTES ? `${line}\n` : undefined;
  });
  return { lines, isTruncatedAtEnd };
}

/** `_time` comes first in each of our lines. No stream field occurs twice, since that makes the server crash. */
function isWhole(line: string, streamFields: ReadonlySet<string>): boolean {
  if (!line.startsWith('{"_time":"') || parseJson(line) === undefined) return false;
  const seen = new Set<string>();
  let isTwice = false;
  flattenJsonObject(line, (name) => {
    if (!streamFields.has(name)) return;
    isTwice ||= seen.has(name);
    seen.add(name);
  });
  return !isTwice;
}
