/** A made-up logger, which stands for one that applications install. It writes lines of text or JSON. */

type Destination = { write(line: string): unknown };

export class Chatter {
  readonly name: string;
  readonly #destination: Destination;

  constructor(name: string, destination: Destination = process.stdout) {
    this.name = name;
    this.#destination = destination;
  }

  say(loudness: string, text: string): void {
    this.hand(loudness, `${JSON.stringify({ loudness, said: text })}\n`);
  }

  /** The last step: what comes here goes out. Applications may replace it, to mask lines or to drop them. */
  hand(_loudness: string, line: string): void {
    this.#destination.write(line);
  }
}
