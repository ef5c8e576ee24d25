/** What keeps a command from giving an answer: wrong usage, or a server that does not answer. */

/** Its message is for people, in one sentence, without credentials. The command ends with exit status 2. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
}
