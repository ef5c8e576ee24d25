/** Sees every line that pino hands to a descriptor or file: as it is there, after every change the application made to it. */
import {
  type AnyFunction,
  type IntegrationHost,
  imitate,
  type Ledger,
  type LoggersLine,
  type LogInput,
  type Stream,
  type Transport,
} from '@direct-logging/core';
import { Buffered } from './buffered.ts';
import { inputFrom, levelIn } from './from-line.ts';
import { factsOf, mayPrintInstead, type PinoLogger } from './logger-state.ts';
import { isThreadOfPino } from './preload-threads.ts';
import type { ToldLine } from './told-line.ts';

/** What makes methods of sonic-boom tell what they are given. The same method is returned for the same one. */
export interface Handed {
  write(original: unknown): unknown;
  /** Of a method that empties the buffer. */
  flush(original: unknown): unknown;
  /** From now on nothing is told. */
  stop(): void;
}

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

/** @param told The line that pino has made last. */
export function watchHandOver({ printing, transport }: IntegrationHost, told: ToldLine): Handed {
  const handOver = new HandOver(printing, transport, told);
  return {
    write: memoized((original) => handOver.aroundWrite(original)),
    flush: memoized((original) => handOver.aroundFlush(original)),
    stop: () => handOver.stop(),
  };
}

function memoized(around: (original: AnyFunction) => AnyFunction): (original: unknown) => unknown {
  const known = new WeakMap<object, AnyFunction>();
  return (original) => {
    if (typeof original !== 'function') return original;
    let ours = known.get(original);
    if (ours === undefined) {
      ours = imitate(around(original as AnyFunction), original as AnyFunction);
      known.set(original, ours);
    }
    return ours;
  };
}

class HandOver implements LoggersLine {
  readonly #ledger: Ledger;
  readonly #transport: Transport;
  readonly #told: ToldLine;
  /** Nobody tells in a worker thread of pino which logger a line comes from: all that arrives are lines. */
  readonly #isThread = isThreadOfPino();
  readonly #buffered: Buffered;
  /** Beginnings of lines that a worker thread has been given in pieces. */
  readonly #begun = new WeakMap<SonicBoom, string>();
  #isWatching = true;
  /** The line that is being handed over. */
  #boom: SonicBoom | undefined;
  #text = '';
  #logger: PinoLogger | undefined;
  #level: number | undefined;

  constructor(ledger: Ledger, transport: Transport, told: ToldLine) {
    this.#ledger = ledger;
    this.#transport = transport;
    this.#told = told;
    this.#buffered = new Buffered(ledger);
  }

  stop(): void {
    this.#isWatching = false;
  }

  aroundFlush(flush: AnyFunction): AnyFunction {
    return this.#buffered.around(
      flush,
      (boom) => this.#ledger.line === this && this.#boom === boom,
    );
  }

  aroundWrite(write: AnyFunction): AnyFunction {
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
    const { lastLogger: logger, lastLevel, fd } = boom;
    const stream = fd === 1 ? 'stdout' : fd === 2 ? 'stderr' : undefined;
    // What was logged may be large, and what is written past pino has no logger.
    if (logger !== undefined) boom.lastLogger = boom.lastObj = boom.lastMsg = undefined;
    if (!this.#isWatching || refuses(boom, data)) return;
    this.#logger = logger;
    this.#level = lastLevel;
    try {
      if (logger !== undefined) this.#takeLine(boom, String(data), stream, logger);
      else if (this.#isThread) this.#takeLines(boom, String(data), stream);
      else if (stream !== undefined) this.#buffered.mix(boom, stream);
    } catch {
      // Whatever we don't understand in somebody's logger, it goes on logging.
    }
  }

  #takeLine(boom: SonicBoom, line: string, stream: Stream | undefined, logger: PinoLogger): void {
    const isOne = line.indexOf('\n') === line.length - 1 && line.length <= LONGEST;
    if (stream === undefined) {
      if (mayPrintInstead(logger, boom, this.#level)) return;
      // An application may hold lines back and write them together.
      for (const one of isOne ? [line] : line.split('\n')) {
        if (one !== '') this.#shipFiled(boom, one);
      }
    } else if (!isOne) {
      this.#buffered.mix(boom, stream);
    } else if (!boom._writing && boom._len === 0 && line.length >= boom.minLength) {
      this.#boom = boom;
      this.#text = line;
      this.#ledger.line = this;
    } else {
      this.#shipAhead(boom, stream, line);
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

  #shipFiled(boom: SonicBoom, line: string): void {
    if (this.#transport.loggers !== 'all') return;
    if (!this.#ledger.isFirstFiled(boom, line, this.#logger)) return;
    this.#transport.write(this.#inputFrom(line));
  }

  /** A line that waits in a buffer before it is printed dies with the process, so it is shipped now. */
  #shipAhead(boom: SonicBoom, stream: Stream, line: string): void {
    if (!this.#buffered.expect(boom, stream, line)) return;
    const isDue = this.#ledger.isToBePrinted(boom, line, this.#logger);
    if (isDue) this.#transport.write(this.#inputFrom(line, stream));
  }

  is(text: string): boolean {
    return text === this.#text;
  }

  printed(stream: Stream): LogInput | undefined {
    const isDue = this.#ledger.isToBePrinted(this.#boom as SonicBoom, this.#text, this.#logger);
    return isDue ? this.#inputFrom(this.#text, stream) : undefined;
  }

  filed(): undefined {}

  #inputFrom(line: string, stream?: Stream): LogInput {
    if (this.#logger === undefined) return inputFrom(line, undefined, stream);
    // What an application has held back, or changed, comes with the level of the line that was logged last.
    const own = this.#told.is(line) ? undefined : levelIn(line);
    const level = typeof own === 'number' ? own : this.#level;
    return inputFrom(line, factsOf(this.#logger, level), stream);
  }
}

/** What it does not take it drops. */
function refuses({ destroyed, maxLength, _len }: SonicBoom, data: unknown): boolean {
  return destroyed || (maxLength > 0 && _len + Buffer.byteLength(String(data)) > maxLength);
}
