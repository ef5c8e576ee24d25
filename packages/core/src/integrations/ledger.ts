/** What is being printed and what will be printed: here the capture and the logger integrations tell each other. */
import { oncePerThread } from '../process/once-per-thread.ts';
import { steadyClock } from '../process/timers.ts';
import type { LogInput, Stream } from '../record/record.ts';

/** What a logger knows about the line that it is printing or writing to a file. No method throws. */
export interface LoggersLine {
  /** Whether this text is the line. Its final newline can be missing. */
  is(text: string): boolean;
  /** What to ship for the text, which is about to be printed; undefined when it is already shipped. */
  printed(stream: Stream): LogInput | undefined;
  /** What to ship for a text that is about to be written to a file; undefined when it is not the logger's or is not due. */
  filed(file: object, text: string): LogInput | undefined;
}

/** Most characters of all lines that are still to be printed. Further lines are shipped when they are printed. */
const MOST_TEXT = 32 * 1024 * 1024;
/** What a line costs in addition to its text. */
const PER_LINE = 100;
/** A destination that prints nothing for this long has stopped. Lines are forgotten after one to two times this long. */
const FORGET_MS = 60_000;

/**
 * Makes each printed line one record. A line that is shipped before it is printed is expected here, and claimed when it is
 * printed. Equal lines are counted. Pure, except for the clock that it is given.
 */
export class Ledger {
  /** Set by the integration of a logger while its line is being printed or written. */
  line: LoggersLine | undefined;
  readonly #now: () => number;
  #expected = new Expected();
  #older = new Expected();
  #since = 0;
  /** The line that was handed over last, its logger, and its destinations so far. */
  #key: unknown;
  #logger: unknown;
  #destinations: object[] = [];
  #isOwed = false;

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Remembers a line that is shipped now and printed later. False when there are too many to remember. */
  expect(stream: Stream, text: string): boolean {
    const now = this.#now();
    if (now - this.#since > FORGET_MS) {
      this.#older = now - this.#since > 2 * FORGET_MS ? new Expected() : this.#expected;
      this.#expected = new Expected();
      this.#since = now;
    }
    if (this.#expected.size + this.#older.size >= MOST_TEXT) return false;
    this.#expected.add(stream, text);
    return true;
  }

  /** Whether the line that is being printed was already shipped. If so, one fewer is expected. */
  claim(stream: Stream, text: string): boolean {
    if (this.#expected.size === 0 && this.#older.size === 0) return false;
    return this.#older.take(stream, text) || this.#expected.take(stream, text);
  }

  /**
   * Whether to ship a line that is handed to a destination which prints nothing. False when another destination got the line
   * before.
   * @param key Identifies the line: the same for each of its destinations.
   */
  isFirstFiled(destination: object, key: unknown, logger?: unknown): boolean {
    if (this.#isAnother(destination, key, logger)) return false;
    this.#isOwed = true;
    return true;
  }

  /** Whether to ship a line that a destination prints. False the first time after the same line was filed. */
  isToBePrinted(destination: object, key: unknown, logger?: unknown): boolean {
    if (!this.#isAnother(destination, key, logger)) this.#isOwed = false;
    const isDue = !this.#isOwed;
    this.#isOwed = false;
    return isDue;
  }

  /** Whether this line has just been handed to another destination. Equal lines may follow each other. */
  #isAnother(destination: object, key: unknown, logger: unknown): boolean {
    const isAnother =
      key === this.#key &&
      logger === this.#logger &&
      !this.#destinations.includes(destination) &&
      this.#destinations.length > 0;
    if (isAnother) {
      this.#destinations.push(destination);
    } else {
      this.#key = key;
      this.#logger = logger;
      this.#destinations.length = 1;
      this.#destinations[0] = destination;
    }
    return isAnother;
  }
}

/** Counted lines of each stream. */
class Expected {
  readonly #counts = { stdout: new Map<string, number>(), stderr: new Map<string, number>() };
  /** In characters. */
  size = 0;

  add(stream: Stream, text: string): void {
    const counts = this.#counts[stream];
    const count = counts.get(text) ?? 0;
    if (count === 0) this.size += text.length + PER_LINE;
    counts.set(text, count + 1);
  }

  take(stream: Stream, text: string): boolean {
    const counts = this.#counts[stream];
    const count = counts.get(text);
    if (count === undefined) return false;
    if (count > 1) {
      counts.set(text, count - 1);
    } else {
      counts.delete(text);
      this.size -= text.length + PER_LINE;
    }
    return true;
  }
}

/** The ledger of this thread. */
export function sharedLedger(): Ledger {
  return oncePerThread('ledger', () => new Ledger(steadyClock));
}
