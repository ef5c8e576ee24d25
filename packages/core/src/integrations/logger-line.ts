/** The line that a logger is writing at the moment, for integrations of loggers. @lazy logger */
import type { LogInput, Stream } from '../record/record.ts';
import type { IntegrationHost } from './integration.ts';
import type { LineInHand, Ship } from './print-tracker.ts';
import { sharedLines } from './shared-lines.ts';

const shared = sharedLines();

/** What the integration of a logger knows about a line. */
export interface LoggerLineFacts {
  /** The line. It may end in a newline. */
  readonly text: string;
  /** Tells equal lines of several loggers apart. */
  readonly logger?: object | undefined;
  /**
   * What to ship. Called if exactly this line is printed or filed, and is due.
   * @param text Without a newline at the end.
   */
  toInput(text: string, stream: Stream | undefined): LogInput;
}

/** Used only if exactly this text is printed or filed: a line that the application has changed is no longer the logger's. */
export class LoggerLine implements LineInHand {
  /** What the integration of the logger knows about it. */
  readonly facts: LoggerLineFacts;
  /** Where the logger writes it. Undefined if that is unknown. */
  destination: object | undefined;
  readonly #host: Pick<IntegrationHost, 'printing'>;

  constructor(host: Pick<IntegrationHost, 'printing'>, facts: LoggerLineFacts) {
    this.#host = host;
    this.facts = facts;
  }

  is(text: string): boolean {
    return isLine(text, this.facts.text);
  }

  printed(stream: Stream, ship: Ship): void {
    const { printing } = this.#host;
    // It is printed once. If the same text is printed again, that is another line.
    if (printing.line === this) printing.line = undefined;
    const input = printing.claim(stream, this.facts.text) ? undefined : this.toBePrinted(stream);
    if (input !== undefined) ship(input);
  }

  /** What to ship for a line that will be printed. Undefined if it is shipped already. */
  toBePrinted(stream: Stream): LogInput | undefined {
    const { text, logger } = this.facts;
    const destination = this.destination ?? logger ?? this;
    const isDue = shared.isToBePrinted(destination, withoutEnd(text), logger);
    return isDue ? this.toInput(stream) : undefined;
  }

  filed(file: object, text: string, ship: Ship): void {
    const { text: line, logger } = this.facts;
    const isDue = this.is(text) && shared.isFirstFiled(file, withoutEnd(line), logger);
    if (isDue) ship(this.toInput());
  }

  /** What to ship for it, whether it is due or not. */
  toInput(stream?: Stream): LogInput {
    return this.facts.toInput(withoutEnd(this.facts.text), stream);
  }
}

/**
 * Whether this text is the line: a stream prints it as it is, `console.log` puts back the newline that its caller has removed.
 * @param eol What else the logger may put at the end of the line.
 */
export function isLine(text: string, line: string, eol?: unknown): boolean {
  if (text === line) return true;
  if (text.length < line.length) return text === withoutEnd(line);
  // V8 compares texts in whole words, but `startsWith` goes through them character by character.
  if (text.slice(0, line.length) !== line) return false;
  const end = text.slice(line.length);
  return end === '\n' || end === '\r\n' || end === eol;
}

/** The line without its newline. */
export function withoutEnd(line: string): string {
  if (!line.endsWith('\n')) return line;
  return line.slice(0, line.endsWith('\r\n') ? -2 : -1);
}
