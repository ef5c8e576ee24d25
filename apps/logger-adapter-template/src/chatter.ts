/** A made-up logger. It stands for one that applications install, and writes lines of JSON. */

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

  /** The last step: what comes here goes out. Applications can replace it to redact or drop lines. */
  hand(_loudness: string, line: string): void {
    this.#destination.write(line);
  }
}
