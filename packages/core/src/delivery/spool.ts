/** The spool: a directory where undelivered lines survive the process until they are acknowledged. @lazy spool */
import fs from 'node:fs';
import { join } from 'node:path';
import { guarded } from '../process/guard.ts';
import { inOwnContext } from '../process/own-context.ts';
import { makePrivateFolder, openPrivateFile } from '../process/private-files.ts';
import { wallClock } from '../process/timers.ts';
import { warn } from '../process/warn.ts';
import type { Redaction } from '../record/redact.ts';
import type { SenderSettings } from '../senders/sender.ts';
import {
  bytesIn,
  countLines,
  orphansIn,
  takeOver,
  textOf,
  touch,
  wasTaken,
} from './spool/directory.ts';
import { destinationOf, fileNameOf } from './spool/file-name.ts';
import { readLines } from './spool/lines.ts';
import { thisThread } from './spool/owners.ts';
import { MAX_SEGMENT_BYTES, placeOf, SEGMENT_SHARE, Segment, UNCOUNTED } from './spool/segment.ts';
import { ServerRetention } from './spool/server-retention.ts';

/** Lines read back from a file, each with the tag that settles it. */
export interface TaggedLines {
  readonly lines: ReadonlyArray<{ readonly line: string; readonly tag: number }>;
  /** Incomplete lines of the file, for example after a power failure. A signal alone leaves none. */
  readonly truncated: number;
}

export interface SpoolSettings extends Pick<SenderSettings, 'endpoint' | 'headers'> {
  readonly spoolDir: string;
  readonly spoolMaxBytes: number;
  readonly maxQueueBytes: number;
  readonly streamFields: readonly string[];
  /** How long the server keeps lines, in milliseconds; undefined when nobody has said it. */
  readonly retentionMs: number | undefined;
  readonly redact?: Redaction | undefined;
  /** True: also takes over files for other servers and tenants. */
  readonly takesAll?: boolean;
}

const TOUCH_EVERY_MS = 10_000;
/** How long to wait before writing again after a failed write, for example because the directory or the disk was full. */
const RETRY_WRITING_MS = 1_000;

// Taken before a hook can replace them.
const { writeSync } = fs;

/** The spool of one transport. Owns the files that carry its name, and takes over those of ended processes. */
export class Spool {
  readonly retention: ServerRetention;
  readonly #settings: SpoolSettings;
  readonly #failed: (reason: string) => void;
  readonly #streamFields: ReadonlySet<string>;
  readonly #segmentBytes: number;
  readonly #destination: string;
  readonly #owner = thisThread();
  readonly #shipperId: string;
  readonly #segments = new Map<number, Segment>();
  /** Segments with lines that are not in memory. */
  #unread: Segment[] = [];
  #current: { segment: Segment; readonly descriptor: number } | undefined;
  #nextId = 1;
  #files = 0;
  #writeAgainAt = 0;
  #timer: NodeJS.Timeout | undefined;

  /** @param failed Called when something failed in the directory. Lines that cannot be written are in memory only. */
  constructor(settings: SpoolSettings, shipperId: string, failed: (reason: string) => void) {
    const { spoolDir, maxQueueBytes, streamFields, endpoint, headers } = settings;
    this.#settings = settings;
    this.retention = new ServerRetention(endpoint, headers, settings.retentionMs);
    this.#failed = failed;
    this.#shipperId = shipperId;
    this.#segmentBytes = Math.min(MAX_SEGMENT_BYTES, Math.floor(maxQueueBytes / SEGMENT_SHARE));
    this.#streamFields = new Set(streamFields);
    this.#destination = destinationOf(endpoint, headers);
    this.#attempt(() => makePrivateFolder(spoolDir));
  }

  /** Lines that are only in files. Infinite while a file that was taken over cannot be read. */
  get left(): number {
    let left = 0;
    for (const segment of this.#segments.values()) {
      if (segment.left === UNCOUNTED) segment.left = countLines(segment.path);
      left += segment.left;
    }
    return left;
  }

  /** Lines that are both in a file and in memory. */
  get inMemory(): number {
    let lines = 0;
    for (const segment of this.#segments.values()) lines += segment.inMemory;
    return lines;
  }

  get hasUnread(): boolean {
    return this.#unread.length > 0 || (this.#current?.segment.left ?? 0) > 0;
  }

  /** Writes a line to the file. Returns its tag, or 0 when it could not be written. */
  write(line: string): number {
    if (wallClock() < this.#writeAgainAt) return 0;
    const tag = this.#attempt(() => {
      const written = this.#append(line);
      // This process may have been frozen, and another one may have taken over the file: then the line is written again.
      return this.#hasLostCurrent() ? this.#append(line) : written;
    });
    if (tag === undefined) this.#writeAgainAt = wallClock() + RETRY_WRITING_MS;
    return tag ?? 0;
  }

  /** The line was delivered, or given up for a reason other than lack of room. */
  settle(tag: number): void {
    const { id, place } = placeOf(tag);
    const segment = this.#segments.get(id);
    if (segment === undefined) return;
    segment.settle(place);
    this.#endIfDone(segment);
  }

  /** The line had to leave the memory. It is read back when there is room. False when the spool does not have it. */
  leave(tag: number): boolean {
    const segment = this.#segments.get(placeOf(tag).id);
    if (segment === undefined) return false;
    segment.left++;
    this.#endIfDone(segment);
    return true;
  }

  /** Takes over what ended processes left for the same server and tenant. Returns the number of files. */
  adopt(now: number): number {
    let adopted = 0;
    let others = 0;
    this.#attempt(() => {
      makePrivateFolder(this.#settings.spoolDir);
      for (const { path, name, isForgotten, isTooLarge } of this.#orphans(now)) {
        const isOurs = this.#settings.takesAll || name?.destination === this.#destination;
        if (isOurs && !isTooLarge && this.#takeOver(path, now)) adopted++;
        // If it is gone, another process has taken it over.
        else if (isForgotten && fs.existsSync(path)) others++;
      }
    });
    if (others > 0) warn('DL_SPOOL_OTHERS', othersIn(this.#settings.spoolDir, others));
    return adopted;
  }

  /** Reads back one file with lines that are not in memory. Undefined when none can be read now. */
  readBack(now: number): TaggedLines | undefined {
    if (this.#unread.length === 0 && (this.#current?.segment.left ?? 0) > 0) this.#endCurrent();
    // A file that cannot be read now, for example without a free descriptor, stays for later. The others are still read.
    for (const segment of this.#unread) {
      const back = this.#attempt(() => this.#read(segment, now));
      if (back === 'too old') {
        // The others may be as old, and to read all of them at once would block the program for seconds.
        this.#unread = [...this.#unread.filter((other) => other !== segment), segment];
        return undefined;
      }
      if (back !== undefined) return back;
    }
    return undefined;
  }

  /** Removes what is delivered. Files with undelivered lines stay for the next process. */
  close(): void {
    clearInterval(this.#timer);
    this.#endCurrent();
  }

  #append(line: string): number {
    const { segment, descriptor } = this.#writable();
    const bytes = Buffer.from(line);
    try {
      if (writeSync(descriptor, bytes) < bytes.length) throw new Error('ENOSPC: the disk is full');
    } catch (error) {
      this.#removeHalfLine();
      throw error;
    }
    segment.bytes += bytes.length;
    return segment.tagOf(segment.lines++);
  }

  /** After half a line, the next line would not be found. */
  #removeHalfLine(): void {
    if (this.#current === undefined) return;
    const { segment, descriptor } = this.#current;
    try {
      fs.ftruncateSync(descriptor, segment.bytes);
    } catch {
      this.#endCurrent();
    }
  }

  #writable(): { readonly segment: Segment; readonly descriptor: number } {
    if ((this.#current?.segment.bytes ?? 0) >= this.#segmentBytes) this.#endCurrent();
    this.#current ??= this.#startSegment();
    return this.#current;
  }

  #startSegment(): { segment: Segment; readonly descriptor: number } {
    const { spoolDir, spoolMaxBytes } = this.#settings;
    // The directory may have been removed, or can only now be made.
    makePrivateFolder(spoolDir);
    if (bytesIn(spoolDir) >= spoolMaxBytes) {
      throw new Error(`it holds ${spoolMaxBytes} bytes (VICTORIALOGS_SPOOL_MAX_BYTES)`);
    }
    const path = this.#newPath();
    const descriptor = openPrivateFile(path, 'create');
    this.#keepTouching();
    return { segment: this.#add(new Segment(this.#nextId++, path)), descriptor };
  }

  #add(segment: Segment): Segment {
    this.#segments.set(segment.id, segment);
    return segment;
  }

  #newPath(): string {
    const name = { destination: this.#destination, owner: this.#owner };
    const file = fileNameOf(name, `${this.#shipperId}-${this.#files++}`);
    return join(this.#settings.spoolDir, file);
  }

  /** True when another process has taken the file over, whenever that was. It is forgotten then. */
  #hasLostCurrent(): boolean {
    if (this.#current === undefined || !wasTaken(this.#current.descriptor)) return false;
    this.#forget(this.#current.segment);
    return true;
  }

  /** Another process may deliver its lines as well. At worst, those in memory are sent twice. */
  #forget(segment: Segment): void {
    this.#segments.delete(segment.id);
    this.#unread = this.#unread.filter((other) => other !== segment);
    if (this.#current?.segment === segment) this.#closeCurrent();
  }

  #endCurrent(): void {
    const segment = this.#current?.segment;
    this.#attempt(() => this.#closeCurrent());
    if (segment !== undefined) this.#endIfDone(segment);
  }

  #closeCurrent(): void {
    const descriptor = this.#current?.descriptor;
    this.#current = undefined;
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }

  #endIfDone(segment: Segment): void {
    if (segment.inMemory > 0) return;
    this.#attempt(() => {
      if (segment === this.#current?.segment) {
        if (segment.left === 0 && segment.lines > 0) this.#empty(segment, this.#current.descriptor);
      } else if (segment.left > 0) {
        if (!this.#unread.includes(segment)) this.#unread.push(segment);
      } else {
        this.#segments.delete(segment.id);
        fs.rmSync(segment.path, { force: true });
      }
    });
  }

  /** The file is emptied rather than removed, since the next line probably comes soon. */
  #empty(segment: Segment, descriptor: number): void {
    fs.ftruncateSync(descriptor, 0);
    this.#segments.delete(segment.id);
    this.#current = { segment: this.#add(new Segment(this.#nextId++, segment.path)), descriptor };
  }

  #orphans(now: number): ReturnType<typeof orphansIn> {
    const own = `.${this.#shipperId}-`;
    const isOwn = (file: string) => file.includes(own);
    return orphansIn(this.#settings.spoolDir, this.#owner.space, now, isOwn);
  }

  #takeOver(from: string, now: number): boolean {
    const path = this.#newPath();
    if (!takeOver(from, path, now)) return false;
    const segment = this.#add(new Segment(this.#nextId++, path));
    segment.left = UNCOUNTED;
    this.#unread.push(segment);
    this.#keepTouching();
    return true;
  }

  /** Undefined when the file is gone: another process has taken it over. `too old`: the server has to tell its retention first. */
  #read(old: Segment, now: number): TaggedLines | 'too old' | undefined {
    const text = textOf(old.path);
    if (text === undefined) {
      this.#forget(old);
      return undefined;
    }
    const window = { nowMs: now, retentionMs: this.retention.ms, retimed: 0 };
    const { redact } = this.#settings;
    const { lines, isTruncatedAtEnd } = readLines(text, this.#streamFields, window, redact);
    if (!this.retention.admit(window.retimed)) return 'too old';
    this.#forget(old);
    const segment = this.#add(old.readAgain(this.#nextId++, lines.length));
    const back: Array<{ line: string; tag: number }> = [];
    let truncated = isTruncatedAtEnd ? 1 : 0;
    lines.forEach((line, place) => {
      if (segment.isSettled(place)) return;
      if (line !== undefined) {
        back.push({ line, tag: segment.tagOf(place) });
      } else {
        truncated++;
        segment.settle(place);
      }
    });
    if (back.length === 0) this.#endIfDone(segment);
    return { lines: back, truncated };
  }

  #keepTouching(): void {
    const touchAll = guarded(() => {
      const now = wallClock();
      for (const segment of this.#segments.values()) {
        if (!touch(segment.path, now)) this.#attempt(() => this.#forget(segment));
      }
    });
    this.#timer ??= inOwnContext(() => setInterval(touchAll, TOUCH_EVERY_MS).unref());
  }

  #attempt<Result>(step: () => Result): Result | undefined {
    try {
      return step();
    } catch (error) {
      this.#failed((error as Error).message);
      return undefined;
    }
  }
}

function othersIn(directory: string, files: number): string {
  const what = files === 1 ? '1 file is' : `${files} files are`;
  return `the spool ${directory}: ${what} for another server or tenant, has no name of ours, is too large for one, or may not be opened by this user. Such files wait until a process that is set up for them starts, or "direct-logging drain" is run with its settings`;
}
