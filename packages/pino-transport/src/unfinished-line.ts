/** Puts lines together that come in pieces. */

/** Of an unfinished line. pino makes no longer ones, unless it is given such texts. */
const MAX_CHARS = 16 * 1024 * 1024;

/** The end of what has come. It is searched only once, however many pieces it has. */
export class UnfinishedLine {
  #text = '';

  /** Returns the lines that this piece ends. A longer one than there is room for ends as it is. */
  add(piece: string): string[] {
    const lines = piece.split('\n');
    lines[0] = this.#text + lines[0];
    this.#text = lines.pop() as string;
    return this.#text.length > MAX_CHARS ? [...lines, this.end()] : lines;
  }

  /** Returns what has no end yet. */
  end(): string {
    const text = this.#text;
    this.#text = '';
    return text;
  }
}
