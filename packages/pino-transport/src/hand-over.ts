/**
 * Sees every line that pino hands to a descriptor or file: as it is there, after every change the application made to it.
 *
 * @lazy
 */
import {
  type AnyFunction,
  type IntegrationHost,
  imitate,
  type Ledger,
  type Stream,
  type Transport,
} from '@direct-logging/core';
import { Buffered } from './buffered.ts';
import { levelIn } from './from-line.ts';
import { mayPrintInstead, type PinoLogger } from './logger-state.ts';
import { PinoLine } from './pino-line.ts';
import { isThreadOfPino } from './preload-threads.ts';

/** sonic-boom's stream, in the parts that matter here. */
export interface SonicBoom {
  readonly fd: number;
  readonly minLength: number;
  readonly maxLength: number;
  readonly destroyed: boolean;
  /** What waits, and what is being written: in bytes, and in pieces. */
  readonly _len: number;
  readonly _bufs: readonly unknown[];
  readonly _writing: boolean;
  readonly _writingBuf: unknown;
  /** Older ones have none. */
  readonly _actualWrite?: unknown;
  /** Set by pino before every line. */
  lastLogger?: PinoLogger | undefined;
  lastLevel?: number | undefined;
  lastObj?: unknown;
  lastMsg?: unknown;
}

/** A longer line may be cut by a pipe, and is shipped when it is printed. */
const LONGEST = 64 * 1024;

export class HandOver {
  readonly #ledger: Ledger;
  readonly #transport: Transport;
  readonly #told: PinoLine;
  readonly #line: PinoLine;
  readonly #buffered: Buffered;
  /** Nobody tells in a worker thread of pino which logger a line comes from: all that arrives are lines. */
  readonly #isThread = isThreadOfPino();
  /** Beginnings of lines that a worker thread has been given in pieces. */
  readonly #begun = new WeakMap<SonicBoom, string>();
  readonly #known = new WeakMap<object, AnyFunction>();
  #isWatching = true;
  /** Where a line is being printed. */
  #printing: SonicBoom | undefined;

  /** @param told The line that pino has made last. */
  constructor({ printing, transport }: IntegrationHost, told: PinoLine) {
    this.#ledger = printing;
    this.#transport = transport;
    this.#told = told;
    this.#line = new PinoLine(printing);
    this.#buffered = new Buffered(printing);
  }

  /** What stands for a `write` of sonic-boom: the same for the same one. */
  write(original: unknown): unknown {
    return this.#replace(original, (write) => this.#aroundWrite(write));
  }

  /** What stands for a method that empties the buffer. */
  flush(original: unknown): unknown {
    const isPrinting = (boom: SonicBoom) => this.#printing === boom;
    return this.#replace(original, (flush) => this.#buffered.around(flush, isPrinting));
  }

  stop(): void {
    this.#isWatching = false;
  }

  #replace(original: unknown, around: (original: AnyFunction) => AnyFunction): unknown {
    if (typeof original !== 'function') return original;
    const ours =
      this.#known.get(original) ??
      imitate(around(original as AnyFunction), original as AnyFunction);
    this.#known.set(original, ours);
    return ours;
  }

  #aroundWrite(write: AnyFunction): AnyFunction {
    const handOver = this;
    const ledger = this.#ledger;
    return function (this: SonicBoom, data: unknown): unknown {
      const outer = ledger.line;
      handOver.#take(this, data);
      try {
        return write.call(this, data);
      } finally {
        ledger.line = outer;
        handOver.#printing = undefined;
      }
    };
  }

  #take(boom: SonicBoom, data: unknown): void {
    const { lastLogger: logger, fd } = boom;
    const stream = fd === 1 ? 'stdout' : fd === 2 ? 'stderr' : undefined;
    // What was logged may be large, and what is written past pino has no logger.
    if (logger !== undefined) boom.lastLogger = boom.lastObj = boom.lastMsg = undefined;
    if (!this.#isWatching || refuses(boom, data)) return;
    try {
      if (logger !== undefined) this.#takeLine(boom, String(data), stream, logger);
      else if (this.#isThread) this.#takeLines(boom, String(data), stream);
      else if (stream !== undefined) this.#buffered.mix(boom, stream);
    } catch {
      // Whatever we don't understand in somebody's logger, it goes on logging.
    }
  }

  #takeLine(boom: SonicBoom, text: string, stream: Stream | undefined, logger: PinoLogger): void {
    const isOne = text.indexOf('\n') === text.length - 1 && text.length <= LONGEST;
    if (stream === undefined) {
      if (mayPrintInstead(logger, boom, boom.lastLevel)) return;
      // An application may hold lines back and write them together.
      for (const one of isOne ? [text] : text.split('\n')) {
        if (one !== '') this.#shipFiled(boom, one, logger);
      }
    } else if (!isOne) {
      this.#buffered.mix(boom, stream);
    } else if (!boom._writing && boom._len === 0 && text.length >= boom.minLength) {
      this.#setLine(boom, text, logger);
      this.#printing = boom;
      this.#ledger.line = this.#line;
    } else {
      this.#shipAhead(boom, stream, text, logger);
    }
  }

  /** In a worker thread they come together, and cut anywhere. */
  #takeLines(boom: SonicBoom, data: string, stream: Stream | undefined): void {
    if (stream !== undefined) this.#buffered.mix(boom, stream);
    const lines = ((this.#begun.get(boom) ?? '') + data).split('\n');
    this.#begun.set(boom, lines.pop() as string);
    for (const line of lines) {
      if (stream === undefined) this.#shipFiled(boom, line);
      // What was made for people may go over several lines: it is captured as it is printed.
      else if (line.startsWith('{')) this.#shipAhead(boom, stream, line);
    }
  }

  #shipFiled(boom: SonicBoom, text: string, logger?: PinoLogger): void {
    if (this.#transport.loggers !== 'all') return;
    if (!this.#ledger.isFirstFiled(boom, text, logger)) return;
    this.#setLine(boom, text, logger);
    this.#transport.write(this.#line.toInput());
  }

  /** A line that waits in a buffer before it is printed dies with the process, so it is shipped now. */
  #shipAhead(boom: SonicBoom, stream: Stream, text: string, logger?: PinoLogger): void {
    if (!this.#buffered.expect(boom, stream, text)) return;
    if (!this.#ledger.isToBePrinted(boom, text, logger)) return;
    this.#setLine(boom, text, logger);
    this.#transport.write(this.#line.toInput(stream));
  }

  /** What an application has held back, or changed, comes with the level of the line that was logged last. */
  #setLine(boom: SonicBoom, text: string, logger: PinoLogger | undefined): void {
    const own = logger === undefined || this.#told.is(text) ? undefined : levelIn(text);
    this.#line.set(text, logger, typeof own === 'number' ? own : boom.lastLevel, boom);
  }
}

/** What it does not take it drops. */
function refuses({ destroyed, maxLength, _len }: SonicBoom, data: unknown): boolean {
  return destroyed || (maxLength > 0 && _len + Buffer.byteLength(String(data)) > maxLength);
}
