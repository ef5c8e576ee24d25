/**
 * Takes the frames of an error out of the message of its record, where `error.stack` holds them. Pure.
 *
 * @lazy
 */
import type { NormalRecord } from './normalize.ts';

/** Behind the last frame `console.error` goes on with the properties of the error. */
const FRAME = /\n[ \t]+(at \S(?:[^\n]*:\d+:\d+\)?|[^\n]*))([^\n]*)/g;
/** Stands for frames that are shown with the cause. */
const SHOWN_BELOW = /\n[ \t]+\.\.\. \d+ lines matching cause stack trace \.\.\./g;

/** The same record; no frame is lost that its `error.stack` does not have. */
export function withoutStack(record: NormalRecord): NormalRecord {
  const json = record.fields.valueOf('error.stack');
  const stack: unknown = json === undefined ? undefined : JSON.parse(json);
  if (typeof stack !== 'string') return record;
  const message = (JSON.parse(record.message) as string)
    .replace(SHOWN_BELOW, '')
    .replace(FRAME, (line, frame: string, rest: string) => (stack.includes(frame) ? rest : line));
  return { ...record, message: JSON.stringify(message) };
}
