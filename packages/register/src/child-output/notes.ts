/**
 * The notes of children about the lines that they ship, in a folder of the process that may print these lines again. Each thread
 * of a child writes files of its own. @lazy
 */
import {
  closeSync,
  existsSync,
  opendirSync,
  readdirSync,
  readSync,
  rmdirSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import {
  attempt,
  checkPrivateFolder,
  isRunning,
  makePrivateFolder,
  openPrivateFile,
  processSpace,
  randomId,
  readPrivateFile,
} from '@direct-logging/core';
import type { HashKey } from './half-sip-hash.ts';
import { keyOf } from './lines.ts';
import { ownerOf } from './marker.ts';

/** A file is full with this many notes. The writer begins another one, and the reader removes it once it has read it. */
const NOTES_PER_FILE = 8_192;
const FILE_BYTES = NOTES_PER_FILE * Float64Array.BYTES_PER_ELEMENT;
/** If this many full files are there, nobody reads them: the writer gives up. */
const MAX_FULL_FILES = 64;
/** Others may fill the folder for temporary files, and the program waits while it is searched. */
const MAX_SEEN = 4_096;
/** Looking into a folder, or removing it, takes as long as seeing this many names. */
const SEEN_IN_FOLDER = 64;
/** No line has this key. */
const END = -1;
/** `child`: lines that a process ships. `thread`: lines of a child that another thread of this process has read. */
export type Writer = 'child' | 'thread';
/** Names that nobody else gives to a file: with a link in place of our folder, we could be made to remove files of another one. */
const PREFIX = 'direct-logging-';
const NAME = new RegExp(`^${PREFIX}(child|thread)-(\\d+)-[0-9a-z]+$`);
/**
 * The file with the secret that makes the keys of lines: without it, a stranger could print a line that is taken for another one. After
 * the secret comes the key of the `processSpace`: containers can share the folder for temporary files.
 */
const SECRET = `${PREFIX}secret`;
const KEY_BYTES = Float64Array.BYTES_PER_ELEMENT;
const SECRET_BYTES = 2 * Int32Array.BYTES_PER_ELEMENT;

/** Notes lines in the folder of another process or thread. Never throws: a line that is not noted may be shipped twice. */
export class NoteWriter {
  readonly #folder: string;
  readonly #kind: Writer;
  readonly #secret: HashKey | undefined;
  #files: string[] = [];
  #descriptor: number | undefined;
  #left = 0;
  #hasGivenUp = false;

  /**
   * @param folder The folder is there if anybody reads the notes.
   * @param destination Where this process ships. Notes mean something only to those who ship to the same place.
   */
  constructor(folder: string, kind: Writer, destination: string) {
    this.#folder = folder;
    this.#kind = kind;
    this.#secret = readSecret(folder, destination);
  }

  noteLines(text: string): void {
    const secret = this.#secret;
    if (secret === undefined || this.#hasGivenUp) return;
    this.note(text.split('\n').map((line) => keyOf(line, secret)));
  }

  note(keys: readonly number[]): void {
    try {
      for (let at = 0; at < keys.length && !this.#hasGivenUp; ) {
        const descriptor = this.#left > 0 ? (this.#descriptor as number) : this.#begin();
        const notes = Float64Array.from(keys.slice(at, at + this.#left));
        writeSync(descriptor, notes);
        at += notes.length;
        this.#left -= notes.length;
      }
    } catch {
      this.#hasGivenUp = true;
    }
  }

  #begin(): number {
    this.close();
    this.#files = this.#files.filter((file) => existsSync(file));
    if (this.#files.length >= MAX_FULL_FILES) throw new Error('nobody reads them');
    // For the reader, number 0 means itself. Our number means nothing there, and would be taken for that of a dead process.
    const pid = isFromElsewhere(this.#folder) ? 0 : process.pid;
    const file = join(this.#folder, `${PREFIX}${this.#kind}-${pid}-${randomId()}`);
    // Whoever named the folder must not use the rights of this process.
    checkPrivateFolder(this.#folder);
    this.#descriptor = openPrivateFile(file, 'create');
    this.#files.push(file);
    this.#left = NOTES_PER_FILE;
    return this.#descriptor;
  }

  /** Nothing more is noted, and the reader can remove the file. */
  end(): void {
    if (this.#descriptor !== undefined) this.note([END]);
    this.close();
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#left = 0;
  }
}

/** Reads what is in the folder of this process. Throws nothing: what cannot be read may be shipped twice. */
export class NoteFolder {
  readonly #path: string;
  readonly #destination: string;
  readonly #files = new Map<string, NoteFile>();
  readonly #buffer = new Float64Array(NOTES_PER_FILE);
  #secret: HashKey | undefined;

  /** Makes the folder, and removes those of dead processes. */
  constructor(path: string, destination: string) {
    this.#path = path;
    this.#destination = destination;
    attempt(() => {
      // First, since it throws where there is no such directory.
      removeOfDead(dirname(path));
      makePrivateFolder(path);
      makeSecret(path);
    });
  }

  /** Undefined if the folder could not be made, or another thread is about to write it. */
  get secret(): HashKey | undefined {
    this.#secret ??= readSecret(this.#path, this.#destination);
    return this.#secret;
  }

  /** Takes the next notes of each file, with its name. False if there are none. */
  readNext(kind: Writer, take: (key: number, name: string) => void): boolean {
    let hasMore = false;
    for (const name of attempt(() => readdirSync(this.#path)) ?? []) {
      const [, of, pid] = NAME.exec(name) ?? [];
      if (of !== kind) continue;
      const file = this.#files.get(name) ?? new NoteFile(join(this.#path, name));
      this.#files.set(name, file);
      const notes = file.readNext(this.#buffer);
      for (const note of notes) take(note, name);
      if (notes.length > 0) hasMore = true;
      else if (!file.mayGrow || !isRunning(Number(pid))) {
        file.remove();
        this.#files.delete(name);
      }
    }
    return hasMore;
  }

  remove(): void {
    for (const file of this.#files.values()) file.remove();
    this.#files.clear();
    removeFolder(this.#path);
  }
}

class NoteFile {
  readonly #path: string;
  readonly #descriptor: number | undefined;
  #position = 0;

  constructor(path: string) {
    this.#path = path;
    this.#descriptor = attempt(() => openPrivateFile(path, 'read'));
  }

  get mayGrow(): boolean {
    return this.#descriptor !== undefined && this.#position < FILE_BYTES;
  }

  /** Not more than a whole file has. */
  readNext(notes: Float64Array): Float64Array {
    const descriptor = this.#descriptor;
    const wanted = FILE_BYTES - this.#position;
    if (descriptor === undefined || wanted === 0) return notes.subarray(0, 0);
    const size = attempt(() => readSync(descriptor, notes, 0, wanted, this.#position)) ?? 0;
    const count = Math.floor(size / Float64Array.BYTES_PER_ELEMENT);
    this.#position += count * Float64Array.BYTES_PER_ELEMENT;
    const isLast = notes[count - 1] === END;
    if (isLast) this.#position = FILE_BYTES;
    return notes.subarray(0, isLast ? count - 1 : count);
  }

  remove(): void {
    const descriptor = this.#descriptor;
    if (descriptor !== undefined) attempt(() => closeSync(descriptor));
    attempt(() => unlinkSync(this.#path));
  }
}

/** Throws if there is one, which another thread has made. */
function makeSecret(folder: string): void {
  const descriptor = openPrivateFile(join(folder, SECRET), 'create');
  // Only here: to load it takes milliseconds.
  const { randomBytes } = process.getBuiltinModule('node:crypto');
  const secret = randomBytes(SECRET_BYTES + KEY_BYTES);
  secret.writeDoubleLE(keyOf(processSpace(), hashKeyIn(secret)), SECRET_BYTES);
  writeSync(descriptor, secret);
  closeSync(descriptor);
}

/** Another one for each destination: what was shipped elsewhere is not known here. */
function readSecret(folder: string, destination: string): HashKey | undefined {
  const bytes = readSecretFile(folder);
  bytes?.writeDoubleLE(keyOf(destination, hashKeyIn(bytes)));
  return bytes && hashKeyIn(bytes);
}

function readSecretFile(folder: string): Buffer | undefined {
  const size = SECRET_BYTES + KEY_BYTES;
  const bytes = attempt(() => {
    // What others have put there can lead anywhere, even to a machine that does not answer.
    checkPrivateFolder(folder);
    return readPrivateFile(join(folder, SECRET), size);
  });
  return bytes?.length === size ? bytes : undefined;
}

function hashKeyIn(bytes: Buffer): HashKey {
  return Int32Array.of(bytes.readInt32LE(0), bytes.readInt32LE(4));
}

/** Whether the folder belongs to a process in another space, whose number means another process here. */
function isFromElsewhere(folder: string): boolean {
  const bytes = readSecretFile(folder);
  return (
    bytes !== undefined &&
    bytes.readDoubleLE(SECRET_BYTES) !== keyOf(processSpace(), hashKeyIn(bytes))
  );
}

/** A process that was killed leaves its folder behind. */
function removeOfDead(directory: string): void {
  const entries = opendirSync(directory);
  try {
    for (let seen = 0; seen < MAX_SEEN; seen++) {
      const entry = entries.readSync();
      if (entry === null) break;
      const path = join(directory, entry.name);
      const owner = ownerOf(path);
      if (owner === undefined || isRunning(owner)) continue;
      seen += SEEN_IN_FOLDER;
      if (!isFromElsewhere(path)) removeFolder(path);
    }
  } finally {
    entries.closeSync();
  }
}

/**
 * Removes the notes and their folder. Not recursively: whoever can change the folder above may put anything else in its place while it
 * is being removed.
 */
function removeFolder(path: string): void {
  attempt(() => {
    checkPrivateFolder(path);
    for (const name of readdirSync(path)) {
      if (NAME.test(name) || name === SECRET) attempt(() => unlinkSync(join(path, name)));
    }
    rmdirSync(path);
  });
}
