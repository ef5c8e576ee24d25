/** Lines that were shipped when they were logged and are printed later: what is printed then must not be shipped again. */

/** Knows which lines are still to be printed. Pure. */
export interface Ahead {
  /** Remembers a line; false when they are too large already, so that it is for the capture to ship it. */
  remember(text: string): boolean;
  /** Whether a printed line is one that was remembered. */
  isShipped(text: string): boolean;
}

/** Of all lines, in characters. Beyond this a destination has stopped printing, and its lines would only cost memory. */
const MOST_TEXT = 32 * 1024 * 1024;
/** What a line costs beside its text. */
const PER_LINE = 100;
/** sonic-boom writes up to 16 KiB again when it is flushed at exit while such a write is under way. */
const MOST_PRINTED = 500;

export function createAhead(): Ahead {
  // Equal lines are told apart by nothing, so they are counted.
  const expected = new Map<string, number>();
  const printed = new Set<string>();
  let held = 0;
  return {
    remember(text) {
      const times = expected.get(text) ?? 0;
      if (times === 0) {
        if (held >= MOST_TEXT) return false;
        held += text.length + PER_LINE;
      }
      expected.set(text, times + 1);
      return true;
    },
    isShipped(text) {
      // Without pino's lines nothing is looked up: that hashes every line a program prints.
      if (expected.size === 0 && printed.size === 0) return false;
      const times = expected.get(text);
      if (times === undefined) return printed.has(text);
      if (times > 1) expected.set(text, times - 1);
      else {
        expected.delete(text);
        held -= text.length + PER_LINE;
        printed.add(text);
        if (printed.size > MOST_PRINTED) printed.delete(printed.values().next().value as string);
      }
      return true;
    },
  };
}
