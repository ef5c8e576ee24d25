/** The lines that this process has read from its children, that they have shipped, and that it may print. @lazy children */
import { LineCutter } from '@direct-logging/core';
import type { OutputReader } from './child-data.ts';
import { keyOf, keysOf, LineQueue, LineSet } from './lines.ts';
import { NoteFolder, NoteWriter } from './notes.ts';
import { WithoutReports } from './without-reports.ts';

/** What a thread tells the threads that it starts, if they print through it. */
export interface ThreadOutput {
  /** Where children note their lines, and threads which of them they have read. */
  readonly folder: string;
  /** How often a thread has noted something. */
  readonly count: Int32Array;
}

/** At most this many lines that children have noted are remembered, and at least half as many. */
const MAX_NOTED = 262_144;
/** At most this many of these that were read, and may yet be printed. */
const MAX_LINES = 65_536;
/** A program may read gigabytes that have no line end. A longer line may be shipped twice. */
const MAX_LINE_CHARS = 2 ** 20;
/** At most this many outputs of children have such lines. */
const MAX_OUTPUTS = 256;

export class ReadLines {
  readonly #threads: ThreadOutput;
  /** Whether what is printed on the streams of this thread comes out here. */
  readonly #ownsStreams: boolean;
  readonly #destination: string;
  #folder: NoteFolder | undefined;
  /** What children have noted and this thread has not read yet. */
  readonly #noted = new LineSet(MAX_NOTED);
  /** For each output of a child, the noted lines that were read and not printed yet. */
  readonly #read = new Set<LineQueue>();
  #size = 0;
  /** The same for threads that print through this one, by the names of their files. */
  readonly #readByThreads = new Map<string, LineQueue>();
  #seen = 0;

  /** @param destination Where this thread ships: what a child ships elsewhere is not left out. */
  constructor(threads: ThreadOutput, ownsStreams: boolean, destination: string) {
    this.#threads = threads;
    this.#ownsStreams = ownsStreams;
    this.#destination = destination;
  }

  /** A child is about to start. Until then, the folder is not needed. */
  start(): NoteFolder {
    this.#folder ??= new NoteFolder(this.#threads.folder, this.#destination);
    return this.#folder;
  }

  /** The output of one child begins. */
  open(): OutputReader {
    const reports = new WithoutReports();
    const cutter = new LineCutter(MAX_LINE_CHARS);
    const queue = new LineQueue();
    // Another thread prints what this one reads.
    const writer = this.#ownsStreams
      ? undefined
      : new NoteWriter(this.#threads.folder, 'thread', this.#destination);
    const take = (lines: readonly string[]): void => {
      const keys = this.#takeNoted(lines);
      if (writer === undefined) for (const key of keys) this.#remember(queue, key);
      else if (keys.length > 0) {
        writer.note(keys);
        this.#threads.count[0] = (this.#threads.count[0] as number) + 1;
      }
    };
    return {
      add: (data) => take(cutter.add(typeof data === 'string' ? data : reports.add(data))),
      end: () => {
        take(cutter.add(reports.end()));
        const rest = cutter.end();
        if (rest !== '') take([rest]);
        writer?.end();
      },
    };
  }

  /** Those of the lines that a child has noted. It notes a line before it prints it, so there is no need to wait. */
  #takeNoted(lines: readonly string[]): number[] {
    const folder = this.start();
    const { secret } = folder;
    if (secret === undefined) return [];
    const readMore = () => folder.readNext('child', (noted) => this.#noted.add(noted));
    // Most children note nothing, and the keys of what they print would cost the most.
    if (this.#noted.isEmpty && !readMore()) return [];
    let mayBeMore = true;
    const isNoted = (key: number): boolean => {
      while (!this.#noted.take(key)) {
        mayBeMore &&= readMore();
        if (!mayBeMore) return false;
      }
      return true;
    };
    return lines.map((line) => keyOf(line, secret)).filter(isNoted);
  }

  #remember(queue: LineQueue, key: number): void {
    queue.add(key);
    this.#read.add(queue);
    this.#size += 1;
    const [oldest = queue] = this.#read;
    if (this.#read.size > MAX_OUTPUTS) this.#drop(oldest, oldest.length);
    else if (this.#size > MAX_LINES) this.#drop(oldest, 1);
  }

  #drop(queue: LineQueue, count: number): void {
    queue.drop(count);
    this.#size -= count;
    if (queue.length === 0) this.#read.delete(queue);
  }

  /**
   * Whether every line of the text was read from a child that has shipped it. Each line counts once, and those that were read
   * before it are not expected any more.
   */
  claim(text: string): boolean {
    this.#hearThreads();
    const { secret } = this.#folder ?? {};
    if (this.#size === 0 || secret === undefined) return false;
    const ends = new Map<LineQueue, number>();
    for (const key of keysOf(text, secret)) {
      const found = this.#find(key, ends);
      if (found === undefined) return false;
      ends.set(found.queue, found.at + 1);
    }
    for (const [queue, end] of ends) this.#drop(queue, end);
    return true;
  }

  /** Where the fewest other lines come first. */
  #find(key: number, ends: ReadonlyMap<LineQueue, number>) {
    let nearest: { queue: LineQueue; at: number; skipped: number } | undefined;
    for (const queue of this.#read) {
      const from = ends.get(queue) ?? 0;
      const at = queue.find(key, from);
      if (at === undefined || (nearest && nearest.skipped <= at - from)) continue;
      nearest = { queue, at, skipped: at - from };
      if (at === from) break;
    }
    return nearest;
  }

  #hearThreads(): void {
    const count = this.#threads.count[0] as number;
    if (count === this.#seen) return;
    this.#seen = count;
    const queues = this.#readByThreads;
    const take = (key: number, name: string): void => {
      const queue = queues.get(name) ?? new LineQueue();
      queues.set(name, queue);
      this.#remember(queue, key);
    };
    while (this.start().readNext('thread', take));
    for (const [name, queue] of queues) if (queue.length === 0) queues.delete(name);
  }

  /** Removes the folder. Lines may still be claimed. */
  remove(): void {
    this.#folder?.remove();
  }
}
