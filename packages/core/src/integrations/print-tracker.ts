/** Tells the capture and the integrations of loggers about each other: what is being printed, and what will be printed. */
import { oncePerThread } from '../process/once-per-thread.ts';
import type { LogInput, Stream } from '../record/record.ts';

/** Called in the asynchronous context in which the line was logged. */
export type Ship = (input: LogInput) => void;

/** What a logger knows about the line that it is printing or writing to a file. No method throws. */
export interface LineInHand {
  /** Whether this text is the line. Its final newline can be missing. */
  is(text: string): boolean;
  /** Ships what is due for the text, which is about to be printed, unless it is already shipped. */
  printed(stream: Stream, ship: Ship): void;
  /** Ships what is due for a text that is about to be written to a file; nothing when it is not the logger's. */
  filed(file: object, text: string, ship: Ship): void;
}

/** Most characters of all lines that are still to be printed. Further lines are shipped when they are printed. */
const MAX_CHARS = 32 * 1024 * 1024;
/** What a line costs in addition to its text. */
const CHARS_PER_LINE = 100;

/** What prints lines later, in their order. */
export interface Buffering {
  /** Set when it prints nothing any more. */
  readonly destroyed?: boolean;
}

/** The lines that a destination still has to print. */
interface Expected {
  readonly destination: Buffering;
  readonly stream: Stream;
  lines: string[];
  printed: number;
}

/**
 * Makes each printed line one record. A line that is shipped before it is printed is expected here, and claimed when it is
 * printed. Equal lines are separate lines.
 */
export class PrintTracker {
  /** Set by the integration of a logger while its line is being printed or written. */
  line: LineInHand | undefined;
  /** Set by the integration of a logger while this destination prints what it has buffered. Undefined if that is unknown. */
  destination: Buffering | undefined;
  /** Set by the integration of a logger while it writes to a destination in which nothing waits. */
  isFresh = false;
  /** True while a line is expected. Otherwise `claim` need not be asked. Set only here. */
  isExpecting = false;
  /** Hands over unfinished lines, before the process may be frozen. Set by the capture. */
  cutLines: () => void = () => {};
  readonly #expected = new Map<Buffering, Expected>();
  /** In characters. */
  #size = 0;

  /** Whether what is being printed waited in a buffer: then the code that runs now may not have logged it. */
  get isLate(): boolean {
    return this.destination !== undefined && !this.isFresh;
  }

  /**
   * Remembers a line that is shipped now and printed later. False when there are too many to remember.
   * @param line With its newline.
   */
  expect(destination: Buffering, stream: Stream, line: string): boolean {
    if (this.#size >= MAX_CHARS) return false;
    const expected = this.#expected.get(destination);
    if (expected !== undefined) expected.lines.push(line);
    else this.#expected.set(destination, { destination, stream, lines: [line], printed: 0 });
    this.#size += line.length + CHARS_PER_LINE;
    this.isExpecting = true;
    return true;
  }

  /** The destination has nothing left to print. What it has not printed by now never will be. */
  forget(destination: Buffering): void {
    const expected = this.#expected.get(destination);
    // The usual case.
    if (expected === undefined) return;
    for (const line of expected.lines.slice(expected.printed)) {
      this.#size -= line.length + CHARS_PER_LINE;
    }
    this.#end(destination);
  }

  /**
   * Whether the lines that are being printed were already shipped. If so, they are no longer expected.
   * @param text Whole lines, the last one with its newline.
   */
  claim(stream: Stream, text: string): boolean {
    const known = this.destination && this.#expected.get(this.destination);
    for (const expected of known === undefined ? this.#expected.values() : [known]) {
      if (expected.destination.destroyed) this.forget(expected.destination);
      else if (expected.stream === stream && this.#takeFrom(expected, text)) return true;
    }
    return false;
  }

  #end(destination: Buffering): void {
    this.#expected.delete(destination);
    this.isExpecting = this.#expected.size > 0;
  }

  #takeFrom(expected: Expected, text: string): boolean {
    const { lines } = expected;
    // Of what is known to print, one line may be missing: a full stack can come between its record and its write.
    let maySkip = expected.destination === this.destination;
    let count = expected.printed;
    let chars = 0;
    for (let at = 0; at < text.length; count += 1) {
      const line = lines[count];
      if (line === undefined) return false;
      // V8 compares texts in whole words, but `startsWith` goes through them character by character.
      if (text.slice(at, at + line.length) === line) at += line.length;
      else if (maySkip) maySkip = false;
      else return false;
      chars += line.length + CHARS_PER_LINE;
    }
    if (count === expected.printed) return false;
    this.#size -= chars;
    expected.printed = count;
    if (count === lines.length) this.#end(expected.destination);
    // Not after each claim, since it copies all that is left.
    else if (count > lines.length / 2) {
      expected.lines = lines.slice(count);
      expected.printed = 0;
    }
    return true;
  }
}

/** The tracker of this thread. */
export function sharedPrintTracker(): PrintTracker {
  return oncePerThread('print-tracker', () => new PrintTracker());
}
