/** What is being printed and what is still to be printed: the capture and the integrations of loggers tell each other here. */
import { oncePerThread } from '../process/once-per-thread.ts';
import { steadyClock } from '../process/timers.ts';
import type { LogInput, Stream } from '../record/record.ts';

/** What a logger knows of the line that it is printing, or writing to a file. Nothing in it throws. */
export interface LoggersLine {
  /** Whether this text is the line; its final newline may be missing. */
  is(text: string): boolean;
  /** What is shipped for the text, which is about to be printed; undefined when it has been shipped. */
  printed(stream: Stream): LogInput | undefined;
  /** What is shipped for a text that is about to be written to a file; undefined when it is none of the logger's. */
  filed(file: object, text: string): LogInput | undefined;
}

/** Of all lines that are still to be printed, in characters. Beyond it they are shipped when they are printed. */
const MOST_TEXT = 32 * 1024 * 1024;
/** What a line costs beside its text. */
const PER_LINE = 100;
/** A destination that has printed nothing for so long has stopped. Lines are forgotten between one and two of these. */
const FORGET_MS = 60_000;

/**
 * Every printed line is one record. What was shipped before it is printed is expected here, and claimed when it is printed.
 * Equal lines are counted. Pure, but for the clock that it is given.
 */
export class Ledger {
  /** Set by the integration of a logger while its line is being printed or written. */
  line: LoggersLine | undefined;
  readonly #now: () => number;
  #expected = new Expected();
  #older = new Expected();
  #since = 0;
  /** The line that was handed over last, by whom, and to which destinations. */
  #key: unknown;
  #logger: unknown;
  #destinations: object[] = [];
  #isOwed = false;

  /** @param now Milliseconds of a clock that never goes back. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Remembers a line that is about to be shipped and is printed later. False when there are too many to remember. */
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

  /** Whether the line that is being printed has been shipped. It is one fewer to be expected then. */
  claim(stream: Stream, text: string): boolean {
    if (this.#expected.size === 0 && this.#older.size === 0) return false;
    return this.#older.take(stream, text) || this.#expected.take(stream, text);
  }

  /**
   * Whether a line that is handed to a destination which prints nothing is to be shipped: it is not when it goes there
   * after another destination.
   * @param key What the line is known by: the same for each of its destinations.
   */
  isFirstFiled(destination: object, key: unknown, logger?: unknown): boolean {
    if (this.#isAnother(destination, key, logger)) return false;
    this.#isOwed = true;
    return true;
  }

  /** Whether a line that a destination prints is to be shipped. A line that was filed before is not, the first time. */
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
