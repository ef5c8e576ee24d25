/** Puts the lines of one byte stream together from writes that may be cut anywhere. */
import { withoutReturns } from './returns.ts';
import { UnfinishedLine } from './unfinished-line.ts';

const NEWLINE = 0x0a;

/**
 * Puts the lines of one byte stream together.
 *
 * Lines end at `\n` or `\r\n`. Stack frames stay with the line above them when they come in the same write. The last frame
 * does not wait for its newline.
 *
 * A short write that begins in the first column replaces the line, as on a terminal: only the last state of a progress
 * bar is kept. A `\r` inside a write is an ordinary character.
 */
export class LineAssembler {
  /** True when nothing is unfinished. False while it is unknown. Set only here. */
  isAtStart = true;
  #unfinished: UnfinishedLine | undefined;

  /** Takes written text. Returns every line that it finishes. An indented line comes together with the line above it. */
  addText(text: string): string[] {
    // Nearly every write is one line.
    if (this.isAtStart && text !== '' && text.indexOf('\n') === text.length - 1) {
      return [withoutReturns(text.slice(0, -1))];
    }
    const line = this.#line();
    const lines = line.addText(text);
    this.isAtStart = line.isEmpty;
    return lines;
  }

  /** Takes written UTF-8 bytes, which may end inside a character. Returns every line that they finish. */
  addBytes(bytes: Uint8Array): string[] {
    // After a newline no character is unfinished.
    if (this.isAtStart && bytes.indexOf(NEWLINE) === bytes.length - 1 && bytes.length > 0) {
      const { buffer, byteOffset, length } = bytes;
      return [withoutReturns(Buffer.from(buffer, byteOffset, length - 1).toString())];
    }
    this.isAtStart = false;
    return this.#line().addBytes(bytes);
  }

  /**
   * Takes one whole message with its final newline, and returns it without that newline. An unfinished line before it
   * becomes its beginning. Undefined when it is only the newline of a line that was passed on already.
   */
  finish(text: string): string | undefined {
    if (this.isAtStart) return withoutReturns(text.slice(0, -1));
    this.isAtStart = true;
    return this.#line().finish(text);
  }

  /** Returns the unfinished line, if there is something to read in it. The next write begins a new line. */
  end(): string[] {
    if (this.isAtStart) return [];
    this.isAtStart = true;
    return this.#line().end();
  }

  /** The same, but the next write continues that line. */
  cut(): string[] {
    return this.isAtStart ? [] : this.#line().cut();
  }

  #line(): UnfinishedLine {
    this.#unfinished ??= new UnfinishedLine();
    return this.#unfinished;
  }
}
