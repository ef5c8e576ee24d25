/** Lines that wait in a buffer before they are printed. They are shipped as soon as pino hands them over. */
import type { AnyFunction, Ledger, LoggersLine, Stream } from '@direct-logging/core';
import { withoutEnd } from './from-line.ts';
import type { SonicBoom } from './sonic-boom.ts';

/** Tells the capture that what a buffer prints has been shipped. */
export class Buffered implements LoggersLine {
  readonly #ledger: Ledger;
  /** Buffers that do not only hold shipped lines. What they print is looked at line by line. */
  readonly #mixed = new WeakSet<SonicBoom>();
  readonly #fs = process.getBuiltinModule('node:fs');
  readonly #write = this.#fs.write;
  readonly #writeSync = this.#fs.writeSync;
  /** The stream whose buffer is being printed. */
  #boom: SonicBoom | undefined;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /**
   * Whether a line can be shipped now. If the application has replaced `fs.write` or `fs.writeSync`, only its function knows
   * what is printed.
   */
  expect(boom: SonicBoom, stream: Stream, line: string): boolean {
    if (this.#fs.write !== this.#write || this.#fs.writeSync !== this.#writeSync) {
      this.mix(boom, stream);
      return false;
    }
    if (!this.#mixed.has(boom) && boom._actualWrite !== undefined) return true;
    return this.#ledger.expect(stream, withoutEnd(line));
  }

  /** Something that is not shipped is about to be put into the buffer. */
  mix(boom: SonicBoom, stream: Stream): void {
    if (this.#mixed.has(boom)) return;
    this.#mixed.add(boom);
    const waiting = boom._bufs.map(textOf).join('').split('\n');
    for (const line of waiting) if (line !== '') this.#ledger.expect(stream, withoutEnd(line));
  }

  /**
   * Wraps the methods of sonic-boom that empty the buffer.
   * @param isPrinted Whether a line is being printed past the buffer.
   */
  around(flush: AnyFunction, isPrinted: (boom: SonicBoom) => boolean): AnyFunction {
    const buffered = this;
    const ledger = this.#ledger;
    return function (this: SonicBoom, ...args: unknown[]): unknown {
      const outer = ledger.line;
      const isShipped = (this.fd === 1 || this.fd === 2) && !buffered.#mixed.has(this);
      if (!isShipped || isPrinted(this)) return Reflect.apply(flush, this, args);
      buffered.#boom = this;
      ledger.line = buffered;
      try {
        return Reflect.apply(flush, this, args);
      } finally {
        ledger.line = outer;
      }
    };
  }

  is(text: string): boolean {
    const { _writingBuf, _bufs } = this.#boom as SonicBoom;
    return text === textOf(_writingBuf) || text === textOf(_bufs[0]);
  }

  printed(): undefined {}

  filed(): undefined {}
}

/** In one of its modes, sonic-boom keeps lists of buffers. */
function textOf(buffer: unknown): string {
  return Array.isArray(buffer) ? buffer.join('') : String(buffer ?? '');
}
