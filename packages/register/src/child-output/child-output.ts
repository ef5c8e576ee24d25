/**
 * Keeps a process from shipping again what one of its children has shipped: children note the lines that they ship, and a parent
 * leaves out what it has read from a child, prints, and finds noted.
 */
import { fstatSync } from 'node:fs';
import {
  attempt,
  guarded,
  type LogInput,
  PM2_CONTAINER,
  type Transport,
  temporaryFolder,
} from '@direct-logging/core';
import { watchChildren } from './child-pipes.ts';
import {
  type Descriptor,
  folderOf,
  markerOf,
  type PerStream,
  readersOf,
  STDIO_VARIABLE,
} from './marker.ts';
import { NoteWriter } from './notes.ts';
import { ReadLines, type ThreadOutput } from './read-lines.ts';

/** One for each thread. Nothing in it throws. */
export class ChildOutput {
  /** For the threads that this one starts. */
  readonly threads: ThreadOutput;
  readonly #transport: Transport;
  readonly #ownsStreams: boolean;
  /** The folders of those that read what this process prints. */
  readonly #readers: PerStream<string | undefined>;
  /** By the folder. */
  readonly #writers = new Map<string, NoteWriter>();
  readonly #stopWatching: () => void;
  #lines: ReadLines | undefined;

  /** @param owner What the thread that owns the streams has told this one. Undefined in that thread itself. */
  constructor(transport: Transport, env: NodeJS.ProcessEnv, owner: ThreadOutput | undefined) {
    this.#transport = transport;
    this.#ownsStreams = owner === undefined;
    this.threads = owner ?? {
      folder: folderOf(process.pid, temporaryFolder()),
      count: sharedNumber(),
    };
    const sent = PM2_CONTAINER.test(process.argv[1] ?? '') ? SENT : undefined;
    const stdio = { stdout: sent ?? describe(1), stderr: sent ?? describe(2) };
    this.#readers = readersOf(env[STDIO_VARIABLE], stdio);
    if (this.#ownsStreams) {
      env[STDIO_VARIABLE] = markerOf(this.threads.folder, stdio, this.#readers);
    }
    this.#filter();
    this.#stopWatching = watchChildren(env[STDIO_VARIABLE], () => this.expect());
  }

  /** A child is about to start, or a thread that may start one. Until then, nothing that is printed can be a child's. */
  expect(): ReadLines {
    this.#lines ??= new ReadLines(this.threads, this.#ownsStreams, this.#transport.destination);
    this.#filter();
    return this.#lines;
  }

  /** For the end of the process. Lines may still follow. */
  removeFolder(): void {
    if (this.#ownsStreams) this.#lines?.remove();
  }

  close(env: NodeJS.ProcessEnv): void {
    if (this.#ownsStreams) delete env[STDIO_VARIABLE];
    this.#transport.setFilter(undefined);
    this.#stopWatching();
    this.removeFolder();
    for (const writer of this.#writers.values()) writer.close();
  }

  #filter(): void {
    const lines = this.#ownsStreams ? this.#lines : undefined;
    const passes = (input: LogInput): boolean => {
      if (!input.stream || !lines?.claim(input.text)) return true;
      this.#note(input);
      return false;
    };
    const { stdout, stderr } = this.#readers;
    const isRead = stdout ?? stderr;
    // A line that cannot be noted may be shipped twice.
    this.#transport.setFilter(
      lines && ((input) => attempt(() => passes(input)) ?? true),
      isRead ? guarded((input) => this.#note(input)) : undefined,
    );
  }

  /** Notes a line that this process, or a child of it, has shipped. */
  #note({ stream, text }: LogInput): void {
    const folder = stream && this.#readers[stream];
    if (!folder) return;
    const { destination } = this.#transport;
    const writer = this.#writers.get(folder) ?? new NoteWriter(folder, 'child', destination);
    this.#writers.set(folder, writer);
    writer.noteLines(text);
  }
}

/** Node can be started without SharedArrayBuffer. Then each thread has a number of its own, and learns nothing from others. */
function sharedNumber(): Int32Array {
  const isShared = typeof SharedArrayBuffer !== 'undefined';
  return new Int32Array(isShared ? new SharedArrayBuffer(4) : new ArrayBuffer(4));
}

/** Where the text goes that pm2 sends to the parent. */
const SENT: Descriptor = { identity: 'sent', isRead: true };

function describe(descriptor: number): Descriptor {
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    return { identity: `${stat.dev}:${stat.ino}`, isRead: stat.isFIFO() || stat.isSocket() };
  } catch {
    return { identity: 'closed', isRead: false };
  }
}
