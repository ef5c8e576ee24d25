/** What is being printed and what will be printed: here the capture and the logger integrations tell each other. */
import { oncePerThread } from '../process/once-per-thread.ts';
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

/** What prints lines later, in their order. */
export interface Buffering {
  /** Set when it prints nothing any more. */
  readonly destroyed?: boolean;
}

/** The lines that a destination still has to print. */
interface Waiting {
  readonly destination: Buffering;
  readonly stream: Stream;
  lines: string[];
  /** How many of them have been printed. */
  printed: number;
}

/**
 * Makes each printed line one record. A line that is shipped before it is printed is expected here, and claimed when it is
 * printed. Equal lines are separate lines.
 */
export class Ledger {
  /** Set by the integration of a logger while its line is being printed or written. */
  line: LoggersLine | undefined;
  /** Hands over unfinished lines, before the process may be frozen. Set by the capture. */
  cutLines: () => void = () => {};
  /** True while a line is expected. Otherwise `claim` need not be asked. Set only here. */
  isExpecting = false;
  readonly #waiting = new Map<Buffering, Waiting>();
  /** In characters. */
  #size = 0;
  /** The line that was handed over last, its logger, and its destinations so far. */
  #key: unknown;
  #logger: unknown;
  #destinations: object[] = [];
  #isOwed = false;

  /**
   * Remembers a line that is shipped now and printed later. False when there are too many to remember.
   * @param line With its newline.
   */
  expect(destination: Buffering, stream: Stream, line: string): boolean {
    if (this.#size >= MOST_TEXT) return false;
    const waiting = this.#waiting.get(destination);
    if (waiting !== undefined) waiting.lines.push(line);
    else this.#waiting.set(destination, { destination, stream, lines: [line], printed: 0 });
    this.#size += line.length + PER_LINE;
    this.isExpecting = true;
    return true;
  }

  /** The destination has nothing left to print. What it has not printed by now never will be. */
  forget(destination: Buffering): void {
    const waiting = this.#waiting.get(destination);
    // As before nearly every line.
    if (waiting === undefined) return;
    for (const line of waiting.lines.slice(waiting.printed)) this.#size -= line.length + PER_LINE;
    this.#end(destination);
  }

  /**
   * Whether the lines that are being printed were already shipped. If so, they are no longer expected.
   * @param text Whole lines, the last one with its newline.
   */
  claim(stream: Stream, text: string): boolean {
    for (const waiting of this.#waiting.values()) {
      if (waiting.destination.destroyed) this.forget(waiting.destination);
      else if (waiting.stream === stream && this.#takeFrom(waiting, text)) return true;
    }
    return false;
  }

  #end(destination: Buffering): void {
    this.#waiting.delete(destination);
    this.isExpecting = this.#waiting.size > 0;
  }

  #takeFrom(waiting: Waiting, text: string): boolean {
    const { lines } = waiting;
    let count = waiting.printed;
    for (let at = 0; at < text.length; count += 1) {
      const line = lines[count];
      if (line === undefined || !text.startsWith(line, at)) return false;
      at += line.length;
    }
    if (count === waiting.printed) return false;
    this.#size -= text.length + (count - waiting.printed) * PER_LINE;
    waiting.printed = count;
    if (count === lines.length) this.#end(waiting.destination);
    // Not after each claim, since it copies all that is left.
    else if (count > lines.length / 2) {
      waiting.lines = lines.slice(count);
      waiting.printed = 0;
    }
    return true;
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

/** The ledger of this thread. */
export function sharedLedger(): Ledger {
  return oncePerThread('ledger', () => new Ledger());
}
