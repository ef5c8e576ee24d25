/** Lines of output that comes in pieces. @lazy lines */
import { StringDecoder } from 'node:string_decoder';

/** Of an unfinished line. No logger makes longer ones, unless it is given such texts. */
const MAX_CHARS = 16 * 1024 * 1024;

/** Cuts what comes in pieces into lines. */
export class LineCutter {
  readonly #maxChars: number;
  readonly #decoder = new StringDecoder();
  /** The unfinished line. No part of it is searched twice, however many pieces it comes in. */
  #rest = '';

  /** @param maxChars A longer unfinished line ends as it is. */
  constructor(maxChars: number = MAX_CHARS) {
    this.#maxChars = maxChars;
  }

  /** Takes text, or UTF-8 that may end inside a character. Returns the lines that it ends. */
  add(piece: string | Uint8Array): string[] {
    const text = typeof piece === 'string' ? piece : this.#decoder.write(piece as Buffer);
    const lines = text.split('\n');
    lines[0] = this.#rest + lines[0];
    if ((lines.at(-1) as string).length > this.#maxChars) lines.push('');
    this.#rest = lines.pop() as string;
    return lines;
  }

  /** Returns the unfinished line. */
  end(): string {
    const text = this.#rest + this.#decoder.end();
    this.#rest = '';
    return text;
  }
}
