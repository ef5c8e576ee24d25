/**
 * A line that a transport is logging.
 *
 * @lazy
 */
import type { LoggersLine, LogInput, Stream } from '@direct-logging/core';
import { type Info, inputFromLine } from './from-line.ts';
import type { HandOver } from './hand-over.ts';
import type { WinstonTransport } from './kinds.ts';

const MESSAGE = Symbol.for('message');

export class Line implements LoggersLine {
  readonly #handOver: HandOver;
  readonly #transport: WinstonTransport;
  readonly #info: Info;
  /** What the logger has given to each of its transports. */
  readonly key: object;

  constructor(handOver: HandOver, transport: WinstonTransport, info: Info, key: object) {
    this.#handOver = handOver;
    this.#transport = transport;
    this.#info = info;
    this.key = key;
  }

  /** If a format makes no text, the word `undefined` is printed. */
  get text(): string {
    return String(this.#info[MESSAGE]);
  }

  /** Whether the console or a stream printed this line. A text that was changed on the way is not recognized as the line. */
  is(written: string): boolean {
    const { text } = this;
    if (!written.startsWith(text)) return false;
    const end = written.slice(text.length);
    return end === '' || end === '\n' || end === this.#transport.eol;
  }

  printed(stream: Stream): LogInput | undefined {
    return this.#handOver.printed(this.#transport, this.key, this.#input(this.text, stream));
  }

  filed(file: object, written: string): LogInput | undefined {
    const { eol } = this.#transport;
    const isEnded = typeof eol === 'string' && eol !== '' && written.endsWith(eol);
    const text = isEnded ? written.slice(0, -eol.length) : written.replace(/\r?\n$/, '');
    return this.#handOver.filed(this.#transport, this.key, this.#input(text), file);
  }

  #input(text: string, stream?: Stream): LogInput {
    return inputFromLine(text, this.#info, this.#transport.levels, stream);
  }
}
