/** Gives lines that waited too long for the server a time that it takes. Pure. @lazy repairs */
import { isInWindow, parseTime, type TimeWindow } from './parse-time.ts';

/** The lines of one file or block, given the present time where that has to be. */
export interface Retiming extends TimeWindow {
  /** How many there were so far: they keep their order. */
  retimed: number;
}

/**
 * Gives an encoded line the current time if its own is outside the window. The original stays as `_time_extracted`. Returns the
 * same line if its time is fine.
 */
export function retime(line: string, window: Retiming): string {
  const [whole, json] = FIRST_TIME.exec(line) ?? [];
  const time = json === undefined ? undefined : parseTime(json);
  if (whole === undefined || time === undefined || isInWindow(time.ms, window)) return line;
  const digits = String(window.retimed++ % 1e6).padStart(6, '0');
  const now = `{"_time":"${new Date(window.nowMs).toISOString().slice(0, -1)}${digits}Z"`;
  // A line that waited twice, or came with a field of this name, already has one.
  const extracted = line.includes('"_time_extracted":') ? '' : `,"_time_extracted":${json}`;
  return now + extracted + line.slice(whole.length);
}

const FIRST_TIME = /^\{"_time":("[^"]*")/;
