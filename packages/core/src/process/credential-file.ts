/** A credential in a file, as containers and Kubernetes hand secrets over: it may change while the program runs. @lazy secrets */
import { existsSync, statSync } from 'node:fs';
import { hideCredentials } from './debug.ts';
import { readSmallFile } from './small-file.ts';
import { wallClock } from './timers.ts';

/** No credential is larger. */
const MAX_BYTES = 64 * 1024;
/** A file that is written twice in so short a time can have the same times after both. */
const SETTLED_AFTER_MS = 1_000;

/**
 * Makes Authorization a header that is taken from a file whenever it is used.
 * @param headerOf Gives the value of the Authorization header for a text; nothing if the text can be no credential.
 * @param refuse Called if the file cannot be read now, with a sentence without its content. It may throw.
 */
export function authorizeFrom(
  path: string,
  headerOf: (text: string) => string | undefined,
  headers: Record<string, string>,
  refuse: (problem: string) => void,
): void {
  const get = credentialIn(path, headerOf);
  Object.defineProperty(headers, 'Authorization', { get, enumerable: true });
  try {
    get();
  } catch (error) {
    refuse((error as Error).message);
  }
}

/**
 * Gives the header with the credential, without a line break at its end. Reads the file again whenever it has changed; gives the last
 * header if the file cannot be read now. Throws if it could never be read, so that nothing is sent without a credential. The message has
 * nothing of the content.
 */
export function credentialIn(
  path: string,
  headerOf: (text: string) => string | undefined,
): () => string {
  let [version, header] = ['', ''];
  return () => {
    try {
      // Kubernetes replaces a link to its folder, so that the file is another one.
      const { ino, ctimeMs, size } = statSync(path);
      // Not the time of the last modification, which anybody can set back.
      const now = `${ino} ${ctimeMs} ${size}`;
      if (now === version) return header;
      const read = headerOf(readSmallFile(path, MAX_BYTES).replace(/[\r\n]+$/, ''));
      if (!read) throw new Error('it holds no credential of printable ASCII characters');
      header = read;
      version = wallClock() - ctimeMs < SETTLED_AFTER_MS ? '' : now;
      // In every form. The one before stays hidden, too: the server may still repeat it.
      hideCredentials({ Authorization: header });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (header) return header;
      // A path without a file may be the credential itself, by mistake.
      const what = existsSync(path) ? path : 'the file of the credential';
      throw new Error(`${what} cannot be used: ${code ?? message}`);
    }
    return header;
  };
}
