/** The spool: a directory in which every undelivered line survives the process, until it is acknowledged. */
import fs from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { wallClock } from '../process/timers.ts';
import { flattenJsonObject } from '../record/json-line.ts';
import { retime } from '../record/own-time.ts';

/** Lines read back from a file, each with the tag by which it is settled. */
export interface ReadBack {
  readonly lines: ReadonlyArray<{ readonly line: string; readonly tag: number }>;
  /** Lines of the file that were not whole: their process was killed by more than a signal. */
  readonly torn: number;
}

/** One file of lines. A line's tag is its place in the file behind the file's first tag. */
interface Segment {
  readonly path: string;
  readonly firstTag: number;
  lines: number;
  bytes: number;
  /** Places of the lines that need not be delivered any more. */
  readonly settled: Set<number>;
  /** Lines that are in the file alone, because the memory was needed. */
  left: number;
}

const SUFFIX = '.spool';
/** After a kill at most so much of what was delivered is sent again. */
const MOST_SEGMENT_BYTES = 256 * 1024;
/** A file is read back as a whole, so it must be small beside the memory. */
const SEGMENT_SHARE = 8;
/** A file of a process that cannot be looked at (another container) is an orphan when it was not touched for so long. */
const ORPHAN_AFTER_MS = 60_000;
const TOUCH_EVERY_MS = 10_000;
/** How soon it is tried again to write after that has failed, because the directory or the disk was full. */
const RETRY_WRITING_MS = 1_000;

/** Lines of a file that was taken over and not read yet. */
const UNCOUNTED = Number.POSITIVE_INFINITY;

// Taken before any hook replaces it.
const { writeSync } = fs;
const { setInterval, clearInterval } = globalThis;

/** The settings that a spool looks at. */
export interface SpoolSettings {
  readonly spoolDir: string;
  readonly spoolMaxBytes: number;
  readonly maxQueueBytes: number;
  readonly streamFields: readonly string[];
}

/** What a spool tells its owner. */
export interface SpoolListener {
  /** Something could not be done in the directory; lines that cannot be written are held in memory alone. */
  failed(reason: string): void;
}

/** The spool of one transport. Owns the files that carry its name, and takes over those of processes that are gone. */
export class Spool {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #segmentBytes: number;
  readonly #name: string;
  readonly #streamFields: ReadonlySet<string>;
  readonly #listener: SpoolListener;
  #descriptor: number | undefined;
  #current: Segment | undefined;
  readonly #segments = new Set<Segment>();
  readonly #unread: Segment[] = [];
  #nextTag = 1;
  #files = 0;
  #usable = true;
  #writeAgainAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    { spoolDir, spoolMaxBytes, maxQueueBytes, streamFields }: SpoolSettings,
    shipperId: string,
    listener: SpoolListener,
  ) {
    this.#directory = spoolDir;
    this.#maxBytes = spoolMaxBytes;
    this.#segmentBytes = Math.min(MOST_SEGMENT_BYTES, Math.floor(maxQueueBytes / SEGMENT_SHARE));
    this.#streamFields = new Set(streamFields);
    this.#listener = listener;
    this.#name = `${processName(process.pid)}.${shipperId}`;
    this.#usable = this.#attempt(() => makeDirectory(spoolDir));
  }

  /** Lines that are in files alone. */
  get left(): number {
    let left = 0;
    for (const { left: lines, path } of this.#segments) {
      left += lines === UNCOUNTED ? countLines(path) : lines;
    }
    return left;
  }

  /** Puts a line into the file; its tag, or 0 when it could not be written. */
  write(line: string): number {
    if (!this.#usable || wallClock() < this.#writeAgainAt) return 0;
    const isWritten = this.#attempt(() => {
      const segment = this.#writable();
      const bytes = Buffer.from(line);
      if (writeSync(this.#descriptor as number, bytes) < bytes.length) throw new Error('ENOSPC');
      segment.lines++;
      segment.bytes += bytes.length;
    });
    if (isWritten) return this.#nextTag++;
    this.#writeAgainAt = wallClock() + RETRY_WRITING_MS;
    // Behind half a line the next one would not be found.
    this.#endCurrent();
    return 0;
  }

  /** The line was delivered, or given up for another reason than room. */
  settle(tag: number): void {
    const segment = this.#segmentOf(tag);
    if (segment === undefined) return;
    segment.settled.add(tag - segment.firstTag);
    this.#endIfDone(segment);
  }

  /** The line had to leave the memory; it is read back when there is room. */
  leave(tag: number): boolean {
    const segment = this.#segmentOf(tag);
    if (segment === undefined) return false;
    segment.left++;
    this.#endIfDone(segment);
    return true;
  }

  /** Takes over the files of processes that are gone; how many. */
  adopt(now: number): number {
    let adopted = 0;
    this.#attempt(() => {
      for (const file of fs.readdirSync(this.#directory, { withFileTypes: true })) {
        const isSpool = file.isFile() && file.name.endsWith(SUFFIX);
        if (!isSpool || file.name.startsWith(`${this.#name}-`)) continue;
        if (this.#takeOver(file.name, now)) adopted++;
      }
    });
    return adopted;
  }

  /** Reads one file back whose lines are nowhere else; undefined when there is none. */
  readBack(now: number): ReadBack | undefined {
    const old = this.#unread.shift();
    if (old === undefined) return undefined;
    let back: ReadBack | undefined;
    this.#attempt(() => {
      back = this.#read(old, now);
    });
    // A file that cannot be read must not stand in the way of the others.
    if (back === undefined) this.#segments.delete(old);
    return back ?? { lines: [], torn: 1 };
  }

  /** Removes what is delivered. Files with undelivered lines stay for the next process. */
  close(): void {
    clearInterval(this.#timer);
    this.#endCurrent();
  }

  #endCurrent(): void {
    const current = this.#current;
    this.#attempt(() => this.#closeCurrent());
    if (current !== undefined) this.#endIfDone(current);
  }

  #writable(): Segment {
    if (this.#current !== undefined && this.#current.bytes >= this.#segmentBytes)
      this.#endCurrent();
    if (this.#current === undefined) {
      if (this.#bytesInDirectory() >= this.#maxBytes) {
        throw new Error(`it holds ${this.#maxBytes} bytes (VICTORIALOGS_SPOOL_MAX_BYTES)`);
      }
      const segment = this.#newSegment();
      // 'a': whatever another process does to the file, lines are added at its end.
      this.#descriptor = fs.openSync(segment.path, 'a', 0o600);
      this.#current = segment;
      this.#keepTouching();
    }
    return this.#current;
  }

  #newSegment(): Segment {
    const path = join(this.#directory, `${this.#name}-${this.#files++}${SUFFIX}`);
    const segment = {
      path,
      firstTag: this.#nextTag,
      lines: 0,
      bytes: 0,
      settled: new Set<number>(),
      left: 0,
    };
    this.#segments.add(segment);
    return segment;
  }

  #closeCurrent(): void {
    if (this.#descriptor !== undefined) fs.closeSync(this.#descriptor);
    this.#descriptor = undefined;
    this.#current = undefined;
  }

  #bytesInDirectory(): number {
    let bytes = 0;
    for (const file of fs.readdirSync(this.#directory)) {
      if (!file.endsWith(SUFFIX)) continue;
      bytes += fs.statSync(join(this.#directory, file), { throwIfNoEntry: false })?.size ?? 0;
    }
    return bytes;
  }

  #segmentOf(tag: number): Segment | undefined {
    if (tag === 0) return undefined;
    for (const segment of this.#segments) {
      if (tag >= segment.firstTag && tag < segment.firstTag + segment.lines) return segment;
    }
    return undefined;
  }

  #endIfDone(segment: Segment): void {
    if (segment.settled.size + segment.left < segment.lines) return;
    this.#attempt(() => {
      if (segment === this.#current) {
        if (segment.left > 0 || segment.lines === 0) return;
        // Emptied rather than removed: the next line is likely to come soon.
        fs.ftruncateSync(this.#descriptor as number, 0);
        this.#segments.delete(segment);
        this.#current = {
          ...segment,
          firstTag: this.#nextTag,
          lines: 0,
          bytes: 0,
          settled: new Set(),
        };
        this.#segments.add(this.#current);
      } else if (segment.left > 0) {
        if (!this.#unread.includes(segment)) this.#unread.push(segment);
      } else {
        this.#segments.delete(segment);
        fs.rmSync(segment.path, { force: true });
      }
    });
  }

  /** The rename decides between processes that see the same orphan: it succeeds for one of them. */
  #takeOver(file: string, now: number): boolean {
    const from = join(this.#directory, file);
    const touched = fs.statSync(from, { throwIfNoEntry: false })?.mtimeMs;
    if (touched === undefined || !isOrphan(file, touched, now)) return false;
    const segment = this.#newSegment();
    try {
      fs.renameSync(from, segment.path);
      // A rename leaves the time of the last change as it is, and by that others would take it for an orphan again.
      fs.utimesSync(segment.path, now / 1000, now / 1000);
    } catch {
      this.#segments.delete(segment);
      return false;
    }
    segment.left = UNCOUNTED;
    this.#unread.push(segment);
    this.#keepTouching();
    return true;
  }

  #read(old: Segment, now: number): ReadBack {
    const texts = fs.readFileSync(old.path, 'utf8').split('\n');
    const isTornAtEnd = texts.pop() !== '';
    let torn = isTornAtEnd ? 1 : 0;
    this.#segments.delete(old);
    // The tags of one file follow each other.
    this.#endCurrent();
    // New tags, since those of lines that were read before may still be under way.
    const segment = { ...old, firstTag: this.#nextTag, lines: texts.length, left: 0 };
    this.#nextTag += texts.length;
    this.#segments.add(segment);
    const lines: Array<{ line: string; tag: number }> = [];
    texts.forEach((text, place) => {
      if (segment.settled.has(place)) return;
      if (isWhole(text, this.#streamFields)) {
        lines.push({ line: `${retime(text, now)}\n`, tag: segment.firstTag + place });
      } else {
        torn++;
        segment.settled.add(place);
      }
    });
    if (lines.length === 0) this.#endIfDone(segment);
    return { lines, torn };
  }

  /** Shows processes that cannot look at this one that it lives. */
  #keepTouching(): void {
    this.#timer ??= setInterval(() => {
      const now = wallClock() / 1000;
      for (const { path } of this.#segments) {
        try {
          fs.utimesSync(path, now, now);
        } catch {
          // Removed meanwhile.
        }
      }
    }, TOUCH_EVERY_MS).unref();
  }

  #attempt(step: () => void): boolean {
    try {
      step();
      return true;
    } catch (error) {
      this.#listener.failed((error as Error).message);
      return false;
    }
  }
}

/** Not Node's recursive one, which never returns where a directory cannot be made although its parent is there (procfs). */
function makeDirectory(path: string, withParents = true): void {
  try {
    fs.mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Another process that starts at the same time may have been faster.
    if (code === 'EEXIST' && fs.statSync(path).isDirectory()) return;
    if (code !== 'ENOENT' || !withParents || dirname(path) === path) throw error;
    makeDirectory(dirname(path));
    makeDirectory(path, false);
  }
}

function countLines(path: string): number {
  try {
    return fs.readFileSync(path).filter((byte) => byte === NEWLINE).length;
  } catch {
    return 0;
  }
}

const NEWLINE = 10;

/** `_time` comes first in every line of ours, and a stream field stands there once: twice, it makes the server crash. */
function isWhole(text: string, streamFields: ReadonlySet<string>): boolean {
  if (!text.startsWith('{"_time":"')) return false;
  try {
    JSON.parse(text);
  } catch {
    return false;
  }
  const seen = new Set<string>();
  let isTwice = false;
  flattenJsonObject(text, (name) => {
    if (!streamFields.has(name)) return;
    isTwice ||= seen.has(name);
    seen.add(name);
  });
  return !isTwice;
}

/** Names a process so that others in the same namespace of processes can tell whether it still runs. */
function processName(pid: number): string {
  return `${namespaceName()}.${pid}.${startOf(pid) ?? 0}`;
}

function namespaceName(): string {
  let namespace = '0';
  try {
    namespace = fs.readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    // Only Linux has it.
  }
  return `${hostname().replace(/[^\w-]/g, '_')}.${namespace}`;
}

/** When the process was started, in ticks since boot: field 22 of proc_pid_stat(5); process numbers are used again. */
function startOf(pid: number): string | undefined {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}

function isOrphan(file: string, touchedMs: number, now: number): boolean {
  const own = `${namespaceName()}.`;
  if (!file.startsWith(own)) return now - touchedMs > ORPHAN_AFTER_MS;
  const [pid = '', start = ''] = file.slice(own.length).split('.');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
  const running = startOf(Number(pid));
  return running !== undefined && running !== start;
}
