/**
 * A file in which children note the lines that they ship, since the parent may print them again.
 *
 * @lazy
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { ledgerFolder } from './ledger-names.ts';
import { NUMBERS_PER_LINE, notesOf, RememberedLines } from './notes.ts';

const NOTE_BYTES = NUMBERS_PER_LINE * Int32Array.BYTES_PER_ELEMENT;
/** When the owner has read a ledger of at least this size, it empties it. */
const EMPTIED_BYTES = 8_192 * NOTE_BYTES;
/** If a ledger has grown to this size, its owner does not read it: the children give it up. */
const GIVEN_UP_BYTES = 10 * EMPTIED_BYTES;

/** The ledger of a parent, opened to note lines. Never throws: a line that could not be noted may be shipped twice. */
export class LedgerWriter {
  #descriptor: number | undefined;
  #unchecked = 0;

  constructor(name: string) {
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW = 0 } = constants;
    const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW;
    this.#descriptor = attempt(() => {
      const folder = prepareFolder();
      return openSync(join(folder, name), flags, 0o600);
    });
  }

  /** Notes the lines of a message that is about to be printed. */
  note(text: string): void {
    const descriptor = this.#descriptor;
    if (descriptor === undefined) return;
    const done = attempt(() => {
      const size = writeSync(descriptor, notesOf(text.split('\n'), Date.now()));
      return this.#isWanted(descriptor, size);
    });
    if (!done) this.close();
  }

  #isWanted(descriptor: number, size: number): boolean {
    this.#unchecked += size;
    if (this.#unchecked < EMPTIED_BYTES) return true;
    this.#unchecked = 0;
    return fstatSync(descriptor).size < GIVEN_UP_BYTES;
  }

  /** Nothing more is noted. */
  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    if (descriptor !== undefined) attempt(() => closeSync(descriptor));
  }
}

/** The ledger of this process, once a child has made it. */
export class LedgerReader {
  readonly #lines = new RememberedLines();
  readonly #descriptor: number;
  /** Kept, since the parent looks for new notes at each of its own lines. */
  readonly #read = new Int32Array(EMPTIED_BYTES / Int32Array.BYTES_PER_ELEMENT);
  #position = 0;

  /** Throws if the file cannot be opened for reading and writing. */
  constructor(path: string) {
    this.#descriptor = openSync(path, 'r+');
  }

  /** Whether children have lately shipped every line of the text. Each noted line counts once. */
  claim(text: string, now: number): boolean {
    const notes = notesOf(linesThatCount(text), now);
    if (this.#lines.take(notes)) return true;
    attempt(() => this.#readNew());
    return this.#lines.take(notes);
  }

  #readNew(): void {
    const notes = this.#read;
    for (;;) {
      const count = readSync(this.#descriptor, notes, 0, EMPTIED_BYTES, this.#position);
      const whole = count - (count % NOTE_BYTES);
      this.#lines.add(notes.subarray(0, whole / Int32Array.BYTES_PER_ELEMENT));
      this.#position += whole;
      if (whole < EMPTIED_BYTES) break;
    }
    if (this.#position < EMPTIED_BYTES) return;
    ftruncateSync(this.#descriptor, 0);
    this.#position = 0;
  }

  close(): void {
    attempt(() => closeSync(this.#descriptor));
  }
}

/** Empty lines do not count, if there are others: the parent that prints the message may have added them. */
function linesThatCount(text: string): string[] {
  const lines = text.split('\n');
  const withText = lines.filter((line) => line !== '');
  return withText.length > 0 ? withText : lines;
}

/** Makes the folder, and removes the ledgers of dead processes. Throws if the folder belongs to another user. */
function prepareFolder(): string {
  const folder = ledgerFolder();
  attempt(() => mkdirSync(folder, 0o700));
  if (lstatSync(folder).uid !== (process.getuid?.() ?? 0)) throw new Error('not ours');
  for (const name of readdirSync(folder)) {
    if (!isAlive(Number.parseInt(name, 10))) attempt(() => unlinkSync(join(folder, name)));
  }
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** A file can be missing or forbidden, or the disk full. Then lines may be shipped twice. */
function attempt<T>(step: () => T): T | undefined {
  try {
    return step();
  } catch {
    return undefined;
  }
}
