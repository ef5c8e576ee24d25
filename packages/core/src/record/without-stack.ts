/** Removes the frames of an error from the message of its record, if they are in `error.stack`. Pure. @lazy */
import type { NormalRecord } from './normalize.ts';

/** After the last frame, `console.error` shows the properties of the error. */
const FRAME = /\n[ \t]+(at \S(?:[^\n]*:\d+:\d+\)?|[^\n]*))([^\n]*)/g;
/** Shown in place of frames that are shown with the cause. */
const SHOWN_BELOW = /\n[ \t]+\.\.\. \d+ lines matching cause stack trace \.\.\./g;

/** The record without these frames. Frames that its `error.stack` does not have stay. */
export function withoutStack(record: NormalRecord): NormalRecord {
  const json = record.fields.valueOf('error.stack');
  const stack: unknown = json === undefined ? undefined : JSON.parse(json);
  if (typeof stack !== 'string') return record;
  // Not searched for in the stack one by one: a stranger may have written thousands of them.
  const frames = new Set([...stack.matchAll(FRAME)].map(([, frame]) => frame));
  const message = (JSON.parse(record.message) as string)
    .replace(SHOWN_BELOW, '')
    .replace(FRAME, (line, frame: string, rest: string) => (frames.has(frame) ? rest : line));
  return { ...record, message: JSON.stringify(message) };
}
