/** What keeps a command from giving an answer: wrong usage, or a server that does not answer. */

/** Its message is for people, in one sentence, without credentials. The command ends with exit status 2. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** With which the server refused; undefined when it gave no answer, or had no part in it. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}
