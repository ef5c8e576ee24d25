/**
 * Sees every line that pino hands to a descriptor or file, in its final form, after all changes that the application made.
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
import { levelIn } from './from-line.ts';
import { PinoLine } from './line.ts';
import { mayPrintInstead, type PinoLogger } from './logger-state.ts';
import { isThreadOfPino } from './preload-threads.ts';

/** The parts of sonic-boom's stream that matter here. */
export interface SonicBoom {
  readonly fd: number;
  readonly minLength: number;
  readonly maxLength: number;
  readonly destroyed: boolean;
  /** How many bytes are waiting. */
  readonly _len: number;
  readonly _writing: boolean;
  /** Set by pino before every line. */
  lastLogger?: PinoLogger | undefined;
  lastLevel?: number | undefined;
  lastObj?: unknown;
  lastMsg?: unknown;
}

/** A pipe can cut a longer line, so such a line is shipped when it is printed. */
const LONGEST = 64 * 1024;

export class HandOver {
  readonly #ledger: Ledger;
  readonly #transport: Transport;
  readonly #told: PinoLine;
  readonly #line: PinoLine;
  readonly #fs = process.getBuiltinModule('node:fs');
  readonly #write = this.#fs.write;
  readonly #writeSync = this.#fs.writeSync;
  /** A worker thread of pino receives only lines: it does not learn which logger they come from. */
  readonly #isThread = isThreadOfPino();
  /** Beginnings of lines that a worker thread has received in pieces. */
  readonly #begun = new WeakMap<SonicBoom, string>();
  readonly #known = new WeakMap<object, AnyFunction>();
  #isWatching = true;

  /** @param told The last line that pino has made. */
  constructor({ printing, transport }: IntegrationHost, told: PinoLine) {
    this.#ledger = printing;
    this.#transport = transport;
    this.#told = told;
    this.#line = new PinoLine(printing);
  }

  /** Our replacement of a `write` of sonic-boom. The same function always gets the same replacement. */
  write(original: unknown): unknown {
    if (typeof original !== 'function') return original;
    const write = original as AnyFunction;
    const ours = this.#known.get(write) ?? imitate(this.#aroundWrite(write), write);
    this.#known.set(write, ours);
    return ours;
  }

  stop(): void {
    this.#isWatching = false;
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
      }
    };
  }

  #take(boom: SonicBoom, data: unknown): void {
    const { lastLogger: logger, fd } = boom;
    const stream = fd === 1 ? 'stdout' : fd === 2 ? 'stderr' : undefined;
    // What was logged can be large. And what is later written past pino must not seem to have a logger.
    if (logger !== undefined) boom.lastLogger = boom.lastObj = boom.lastMsg = undefined;
    if (!this.#isWatching || refuses(boom, data)) return;
    if (!waits(boom)) this.#ledger.forget(boom);
    try {
      if (logger !== undefined) this.#takeLine(boom, String(data), stream, logger);
      else if (this.#isThread) this.#takeLines(boom, String(data), stream);
    } catch {
      // If we do not understand a logger, it must still log.
    }
  }

  #takeLine(boom: SonicBoom, text: string, stream: Stream | undefined, logger: PinoLogger): void {
    const isOne = text.indexOf('\n') === text.length - 1 && text.length <= LONGEST;
    if (stream === undefined) {
      if (mayPrintInstead(logger, boom, boom.lastLevel)) return;
      // An application can hold lines back and write them together.
      for (const one of isOne ? [text] : text.split('\n')) {
        if (one !== '') this.#shipFiled(boom, one, logger);
      }
    } else if (isOne && !waits(boom) && text.length >= boom.minLength) {
      this.#setLine(boom, text, logger);
      this.#ledger.line = this.#line;
    } else if (isOne) {
      this.#shipAhead(boom, stream, text, logger);
    }
  }

  /** In a worker thread, several lines come at once, and they can be cut anywhere. */
  #takeLines(boom: SonicBoom, data: string, stream: Stream | undefined): void {
    const lines = ((this.#begun.get(boom) ?? '') + data).split('\n');
    this.#begun.set(boom, lines.pop() as string);
    for (const line of lines) {
      if (stream === undefined) this.#shipFiled(boom, line);
      // A text for people can have several lines. It is captured when it is printed.
      else if (line.startsWith('{')) this.#shipAhead(boom, stream, `${line}\n`);
    }
  }

  #shipFiled(boom: SonicBoom, text: string, logger?: PinoLogger): void {
    if (this.#transport.loggers !== 'all') return;
    if (!this.#ledger.isFirstFiled(boom, text, logger)) return;
    this.#setLine(boom, text, logger);
    this.#transport.write(this.#line.toInput());
  }

  /**
   * A line that waits in a buffer would die with the process, so it is shipped now. But if the application has replaced a
   * function of `fs`, only that knows what will be printed.
   */
  #shipAhead(boom: SonicBoom, stream: Stream, text: string, logger?: PinoLogger): void {
    if (this.#fs.write !== this.#write || this.#fs.writeSync !== this.#writeSync) return;
    if (!this.#ledger.expect(boom, stream, text)) return;
    if (!this.#ledger.isToBePrinted(boom, text, logger)) return;
    this.#setLine(boom, text, logger);
    this.#transport.write(this.#line.toInput(stream));
  }

  /** If the application has held a line back, `lastLevel` can be that of a later line. Then a level in the text counts. */
  #setLine(boom: SonicBoom, text: string, logger: PinoLogger | undefined): void {
    const own = logger === undefined || this.#told.is(text) ? undefined : levelIn(text);
    this.#line.set(text, logger, typeof own === 'number' ? own : boom.lastLevel, boom);
  }
}

/** Whether it has lines that are not printed yet. */
function waits({ _writing, _len }: SonicBoom): boolean {
  return _writing || _len > 0;
}

/** Whether sonic-boom drops this data. */
function refuses({ destroyed, maxLength, _len }: SonicBoom, data: unknown): boolean {
  return destroyed || (maxLength > 0 && _len + Buffer.byteLength(String(data)) > maxLength);
}
