/** The line that pino has made last, until it is printed: destinations of the application's own may print it as it is. */
import type { Ledger, LoggersLine, LogInput, Stream } from '@direct-logging/core';
import { inputFrom, withoutEnd } from './from-line.ts';
import { factsOf, type PinoLogger } from './logger-state.ts';

/** What pino tells of a line. */
interface Message {
  readonly instance: PinoLogger;
  /** Of pino's `asJson(object, message, level, time)`. */
  readonly arguments: ArrayLike<unknown>;
  /** The line; absent when it could not be made. */
  readonly result?: unknown;
}

export class ToldLine implements LoggersLine {
  readonly #ledger: Ledger;
  #text = '';
  #logger: PinoLogger | undefined;
  #level: unknown;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  take(message: unknown): void {
    const { instance, arguments: given, result } = message as Message;
    if (typeof result !== 'string') return;
    this.#text = result;
    this.#logger = instance;
    this.#level = given[2];
    this.#ledger.line = this;
  }

  is(text: string): boolean {
    const line = this.#text;
    // The stream adds nothing, `console.log` the newline that its caller has taken off.
    return text === line || (text.length < line.length && text === withoutEnd(line));
  }

  printed(stream: Stream): LogInput | undefined {
    // It is printed once: the same text again is somebody else's.
    if (this.#ledger.line === this) this.#ledger.line = undefined;
    const input = inputFrom(this.#text, this.#facts(), stream);
    if (this.#ledger.claim(stream, input.text)) return undefined;
    return this.#ledger.isToBePrinted(this, this.#text, this.#logger) ? input : undefined;
  }

  filed(file: object, text: string): LogInput | undefined {
    if (text !== this.#text) return undefined;
    const isDue = this.#ledger.isFirstFiled(file, text, this.#logger);
    return isDue ? inputFrom(text, this.#facts()) : undefined;
  }

  #facts() {
    const level = typeof this.#level === 'number' ? this.#level : undefined;
    return this.#logger && factsOf(this.#logger, level);
  }
}
