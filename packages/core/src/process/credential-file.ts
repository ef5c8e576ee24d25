/**
 * A credential in a file, as containers and Kubernetes hand secrets over: it may change while the program runs.
 *
 * @lazy
 */
import { statSync } from 'node:fs';
import { readSmallFile } from './small-file.ts';
import { hideSecret } from './warn.ts';

/** No credential is larger. */
const MAX_BYTES = 64 * 1024;

/** Reads the file again whenever it has changed. */
export class CredentialFile {
  readonly #path: string;
  readonly #check: (text: string) => string | undefined;
  #version = '';
  #text = '';
  #problem: string | undefined;

  /** @param check Gives the credential that a text is, or undefined if it can be none. */
  constructor(path: string, check: (text: string) => string | undefined) {
    this.#path = path;
    this.#check = check;
    this.read();
  }

  /** Why it cannot be read, in a sentence without its content. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** The credential, without a line break at its end. The last one if the file cannot be read. Never throws. */
  read(): string {
    try {
      // Kubernetes replaces a link to its folder, so that the file is another one.
      const { ino, mtimeMs, size } = statSync(this.#path);
      const version = `${ino} ${mtimeMs} ${size}`;
      if (version === this.#version) return this.#text;
      this.#text = this.#readNow();
      this.#version = version;
      this.#problem = undefined;
      hideSecret(this.#text);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.#problem = `${this.#path} cannot be used: ${code ?? message}`;
    }
    return this.#text;
  }

  #readNow(): string {
    const credential = this.#check(readSmallFile(this.#path, MAX_BYTES).replace(/[\r\n]+$/, ''));
    if (!credential) throw new Error('it holds no credential of printable ASCII characters');
    return credential;
  }
}
