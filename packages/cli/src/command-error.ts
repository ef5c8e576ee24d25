/** The reason why a command gives no answer: wrong usage, or a server that does not answer. */

/** Its message is one sentence for people, without credentials. The command ends with exit status 2. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** The status with which the server refused. Undefined if it gave no answer, or was not asked. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}
