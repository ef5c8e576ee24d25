/**
 * A line of pino on its way out: the last one that pino has made, or the one that it is handing over.
 *
 * @lazy
 */
import type { Ledger, LoggersLine, LogInput, Stream } from '@direct-logging/core';
import { inputFrom, withoutEnd } from './from-line.ts';
import { factsOf, type PinoLogger } from './logger-state.ts';

export class PinoLine implements LoggersLine {
  readonly #ledger: Ledger;
  #text = '';
  #logger: PinoLogger | undefined;
  #level: unknown;
  #destination: object = this;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /**
   * @param level pino's number.
   * @param destination Where it goes. Default: unknown.
   */
  set(text: string, logger?: PinoLogger, level?: unknown, destination: object = this): void {
    this.#text = text;
    this.#logger = logger;
    this.#level = level;
    this.#destination = destination;
  }

  is(text: string): boolean {
    const line = this.#text;
    // A stream prints the line as it is. `console.log` puts back the newline that its caller has removed.
    return text === line || (text.length < line.length && text === withoutEnd(line));
  }

  printed(stream: Stream): LogInput | undefined {
    // It is printed once. If the same text is printed again, that is another line.
    if (this.#ledger.line === this) this.#ledger.line = undefined;
    if (this.#ledger.claim(stream, this.#text)) return undefined;
    const isDue = this.#ledger.isToBePrinted(this.#destination, this.#text, this.#logger);
    return isDue ? this.toInput(stream) : undefined;
  }

  filed(file: object, text: string): LogInput | undefined {
    if (text !== this.#text || !this.#ledger.isFirstFiled(file, text, this.#logger)) return;
    return this.toInput();
  }

  /** @param stream Where it is printed. Default: nowhere. */
  toInput(stream?: Stream): LogInput {
    const level = typeof this.#level === 'number' ? this.#level : undefined;
    return inputFrom(this.#text, this.#logger && factsOf(this.#logger, level), stream);
  }
}
