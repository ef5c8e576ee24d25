/** Decides which destination ships a line that a logger gives to several. @lazy logger */
import { oncePerThread } from '../process/once-per-thread.ts';
import { afterThisRun } from '../process/timers.ts';

/**
 * A logger gives a line to one destination after the other. What is printed is shipped, each time; otherwise the first destination
 * ships the line. Only the last line is known, so equal lines may follow each other.
 */
export class SharedLines {
  #line: string | undefined;
  #logger: unknown;
  readonly #destinations: object[] = [];
  /** The line was shipped when it was filed, and is not printed yet: its first print is the same line. */
  #isShippedBeforePrint = false;

  /**
   * Whether to ship a line that is handed to a destination which prints nothing. False when another destination got the line
   * before.
   */
  isFirstFiled(destination: object, line: string, logger?: unknown): boolean {
    if (this.#isKnown(destination, line, logger)) return false;
    this.#isShippedBeforePrint = true;
    return true;
  }

  /** Whether to ship a line that a destination prints. False the first time after the same line was filed. */
  isToBePrinted(destination: object, line: string, logger?: unknown): boolean {
    if (!this.#isKnown(destination, line, logger)) this.#isShippedBeforePrint = false;
    const isDue = !this.#isShippedBeforePrint;
    this.#isShippedBeforePrint = false;
    return isDue;
  }

  /** Whether this line has just been handed to another destination. */
  #isKnown(destination: object, line: string, logger: unknown): boolean {
    // A line is handed to all its destinations in the run that made it. Later, these may belong to a test that is over.
    if (this.#line === undefined) afterThisRun(() => this.#forget());
    const isSame = line === this.#line && logger === this.#logger;
    if (!isSame || this.#destinations.includes(destination)) {
      this.#line = line;
      this.#logger = logger;
      this.#destinations.length = 0;
    }
    return this.#destinations.push(destination) > 1;
  }

  #forget(): void {
    this.#line = this.#logger = undefined;
    this.#destinations.length = 0;
  }
}

/** That of this thread. */
export function sharedLines(): SharedLines {
  return oncePerThread('shared-lines', () => new SharedLines());
}
