/**
 * A credential in a file, as containers and Kubernetes hand secrets over: it may change while the program runs.
 *
 * @lazy
 */
import { statSync } from 'node:fs';
import { readSmallFile } from './small-file.ts';
import { wallClock } from './timers.ts';
import { hideInMessages } from './warn.ts';

/** No credential is larger. */
const MAX_BYTES = 64 * 1024;
/** Whoever writes a file twice in so short a time can leave it with the same times. */
const SETTLED_AFTER_MS = 1_000;

/**
 * Takes the header from a file, as it is whenever it is used.
 * @param refuse Called if the file cannot be read now, with a sentence without its content. It may throw.
 */
export function authorizeFrom(
  path: string,
  headerOf: (text: string) => string | undefined,
  headers: Record<string, string>,
  refuse: (problem: string) => void,
): void {
  const file = new CredentialFile(path, headerOf);
  Object.defineProperty(headers, 'Authorization', { get: () => file.read(), enumerable: true });
  try {
    file.read();
  } catch (error) {
    refuse((error as Error).message);
  }
}

/** Reads the file again whenever it has changed. */
export class CredentialFile {
  readonly #path: string;
  readonly #headerOf: (text: string) => string | undefined;
  #version = '';
  #header = '';

  /** @param headerOf Gives the value of the Authorization header for a text; nothing if the text can be no credential. */
  constructor(path: string, headerOf: (text: string) => string | undefined) {
    this.#path = path;
    this.#headerOf = headerOf;
  }

  /**
   * The header with the credential, without a line break at its end. The last one if the file cannot be read.
   * @throws Error when it never could be read, without its content: who would send, sends nothing rather than no credential.
   */
  read(): string {
    try {
      // Kubernetes replaces a link to its folder, so that the file is another one.
      const { ino, ctimeMs, size } = statSync(this.#path);
      // Not the time of the last modification, which anybody can set back.
      const version = `${ino} ${ctimeMs} ${size}`;
      if (version === this.#version) return this.#header;
      this.#header = this.#readNow();
      this.#version = wallClock() - ctimeMs < SETTLED_AFTER_MS ? '' : version;
      // In every form. The last one stays hidden, too: the server may still speak of it.
      hideInMessages({ Authorization: this.#header });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (!this.#header) throw new Error(`${this.#path} cannot be used: ${code ?? message}`);
    }
    return this.#header;
  }

  #readNow(): string {
    const header = this.#headerOf(readSmallFile(this.#path, MAX_BYTES).replace(/[\r\n]+$/, ''));
    if (!header) throw new Error('it holds no credential of printable ASCII characters');
    return header;
  }
}
