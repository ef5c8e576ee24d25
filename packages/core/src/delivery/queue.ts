/** The bounded queue of encoded lines: what is unsent, what is unacknowledged, what is dropped when it is full. Pure. */
import {
  Block,
  type BlockRange,
  cut,
  FRAME_BYTES,
  IMPORTANCE,
  type Importance,
  type LineInBytes,
  lengthOf,
} from '../senders/block.ts';
import { rewritten, takenBack } from './queue-repairs.ts';

/** Called for each line that was dropped because the queue was full. */
export type Evicted = (importance: Importance, tag: number) => void;

const MIN_BLOCK_BYTES = 16 * 1024;
const MAX_BLOCK_BYTES = 128 * 1024;
/** The order in which lines are dropped when memory is short. */
const LEAST_FIRST = [IMPORTANCE.copy, IMPORTANCE.ordinary, IMPORTANCE.important] as const;

/** Holds encoded lines until each is settled, in blocks of memory outside V8's heap. */
export class Queue {
  readonly #maxBytes: number;
  readonly #blockBytes: number;
  readonly #evicted: Evicted;
  readonly #wallClock: () => number;
  /** Every block with unsettled lines, oldest first. */
  readonly #blocks: Block[] = [];
  /** Ranges that were given back undelivered, in order. */
  #returned: BlockRange[] = [];
  /** No block below this index in #blocks has lines that were never handed out. */
  #cursor = 0;
  #appended = 0;
  #spare: Block | undefined;
  /** Unsettled lines. These counts are fields, since every line asks for them. Only the queue changes them. */
  lines = 0;
  /** Lines among them that are not handed out at the moment. */
  unsent = 0;
  /** Encoded bytes of the unsettled lines. */
  bytes = 0;
  /** Encoded bytes of those that are handed out. */
  inFlightBytes = 0;
  allocated = 0;

  /**
   * @param maxBytes Memory for lines, including frames and spare room.
   * @param wallClock Milliseconds since 1970.
   */
  constructor(maxBytes: number, wallClock: () => number, evicted: Evicted) {
    this.#wallClock = wallClock;
    this.#maxBytes = maxBytes;
    const share = Math.max(MIN_BLOCK_BYTES, Math.floor(maxBytes / 16));
    this.#blockBytes = Math.min(MAX_BLOCK_BYTES, share);
    this.#evicted = evicted;
  }

  get inFlight(): number {
    return this.lines - this.unsent;
  }

  /** Lines that are not handed out, but were sent before, with unknown outcome. */
  get unconfirmed(): number {
    const sentIn = (block: Block): number =>
      this.#pendingOf(block).reduce((sum, { from, to }) => sum + block.sentIn(from, to), 0);
    return this.#blocks.reduce((sum, block) => sum + sentIn(block), 0);
  }

  /** Measured in memory and not in lines: a few lines in flight keep whole blocks. */
  get isHalfFull(): boolean {
    return this.allocated > this.#maxBytes / 2;
  }

  /**
   * Appends one line, if there is room or some can be made.
   * @param tag Identifies the line for the spool; 0 for none. A single long line with a tag may exceed the bound: if it were dropped, it
   * would be read back from the spool again and again.
   */
  append(line: string | LineInBytes, importance: Importance, tag = 0): void {
    let block = this.#blocks[this.#blocks.length - 1];
    let bytes = block === undefined || block.sealed ? 0 : block.append(line, importance, tag);
    if (bytes === 0) {
      block = this.#newBlock(lengthOf(line) + FRAME_BYTES, importance, tag !== 0);
      bytes = block?.append(line, importance, tag) ?? 0;
    }
    this.#appended++;
    if (block === undefined) {
      this.#evicted(importance, tag);
      return;
    }
    this.lines++;
    this.unsent++;
    this.bytes += bytes;
    if (block.lines === 1) {
      block.first = this.#appended - 1;
      block.since = this.#wallClock();
    }
  }

  /**
   * Hands out the oldest unsent lines of one block: at least one, and at most `maxBytes` in a request. Undefined when there is
   * nothing to send.
   */
  take(maxBytes: number): BlockRange | undefined {
    const block = this.#firstUnsent();
    const [returned] = this.#returned;
    let range: BlockRange;
    if (returned !== undefined && (block === undefined || returned.block.first <= block.first)) {
      range = cut(returned, maxBytes);
      if (range.to < returned.to)
        this.#returned[0] = { ...returned, from: range.to, bytes: returned.bytes - range.bytes };
      else this.#returned.shift();
    } else {
      if (block === undefined) return undefined;
      range = cut({ block, from: block.sent, to: block.lines }, maxBytes);
      block.sent = range.to;
    }
    const lines = range.to - range.from;
    this.unsent -= lines;
    this.inFlightBytes += range.bytes;
    range.block.inFlight += lines;
    return range;
  }

  /** Forgets the lines of a range: they are delivered or given up. */
  settle(range: BlockRange): void {
    const { block } = range;
    const lines = range.to - range.from;
    this.lines -= lines;
    this.bytes -= range.bytes;
    this.inFlightBytes -= range.bytes;
    block.inFlight -= lines;
    block.settle(range);
    if (block.settled < block.lines) return;
    if (!block.sealed && block === this.#blocks[this.#blocks.length - 1]) block.clear();
    else this.#remove(block);
  }

  /**
   * Takes back a range that could not be delivered. It is handed out again before newer lines.
   * @param sent How many of its first lines may be stored all the same.
   */
  giveBack(range: BlockRange, sent = 0): void {
    range.block.noteSent(range.from, range.from + sent);
    const lines = range.to - range.from;
    this.unsent += lines;
    this.inFlightBytes -= range.bytes;
    range.block.inFlight -= lines;
    let at = this.#returned.length;
    while (at > 0 && isBefore(range, this.#returned[at - 1] as BlockRange)) at--;
    this.#returned.splice(at, 0, range);
  }

  /** Called when nobody holds lines any more. Hands out again those that a full stack has kept from being settled or given back. */
  takeBack(): void {
    if (this.inFlight === 0) return;
    this.#returned = takenBack(this.#blocks);
    this.unsent = this.lines;
    this.inFlightBytes = 0;
  }

  /** Marks what is held now: settled once `settledThrough` has reached it. */
  mark(): number {
    return this.#appended;
  }

  /** All lines before this mark are settled. The largest number for an empty queue. */
  get settledThrough(): number {
    // After a full stack, blocks may remain of which all lines are settled.
    const oldest = this.#blocks.find(({ lines, settled }) => settled < lines);
    return oldest ? oldest.first + oldest.settledThrough : Number.MAX_SAFE_INTEGER;
  }

  /** Changes the text of the lines in blocks that were begun before this moment of the wall clock. */
  rewriteOlderThan(ms: number, change: (line: string) => string): void {
    for (const block of this.#blocks) {
      if (block.since > ms || block.inFlight > 0 || block.lines === 0) continue;
      const [bytes, allocated] = rewritten(block, this.#pendingOf(block), change);
      block.since = this.#wallClock();
      this.bytes += bytes;
      this.allocated += allocated;
    }
  }

  #firstUnsent(): Block | undefined {
    for (; this.#cursor < this.#blocks.length; this.#cursor++) {
      const block = this.#blocks[this.#cursor] as Block;
      if (block.sent < block.lines) return block;
      // The last block can still get new lines.
      if (this.#cursor === this.#blocks.length - 1) return undefined;
    }
    return undefined;
  }

  #newBlock(bytes: number, importance: Importance, comesBack: boolean): Block | undefined {
    const tail = this.#blocks[this.#blocks.length - 1];
    // An empty last block that is too small for a large line would stay in the list forever.
    if (tail !== undefined && tail.lines === 0) this.#remove(tail);
    const size = Math.max(bytes, this.#blockBytes);
    if (this.allocated + size > this.#maxBytes && !this.#makeRoom(size, importance)) {
      const mayExceed = comesBack && bytes > this.#blockBytes && this.allocated <= this.#maxBytes;
      if (!mayExceed) return undefined;
    }
    const block = this.#emptyBlock(size);
    // A short line behind a long one would keep the whole block in memory.
    block.sealed = size > this.#blockBytes;
    // If the new block is settled first, the tail is the last one again, but the cursor is past it.
    if (tail !== undefined) tail.sealed = true;
    this.#blocks.push(block);
    this.allocated += size;
    return block;
  }

  /** Reuses the spare block if it can: V8 keeps more memory for good if blocks outlive their lines. */
  #emptyBlock(size: number): Block {
    const spare = this.#spare;
    if (spare === undefined || size !== this.#blockBytes) return new Block(size);
    this.#spare = undefined;
    spare.clear();
    spare.sealed = false;
    return spare;
  }

  #remove(block: Block): void {
    const at = this.#blocks.indexOf(block);
    this.#blocks.splice(at, 1);
    if (at < this.#cursor) this.#cursor--;
    this.allocated -= block.buffer.length;
    if (block.buffer.length === this.#blockBytes) this.#spare = block;
  }

  /** Drops the least important lines, oldest blocks first. Drops nothing if the new line would not fit even then. */
  #makeRoom(bytes: number, importance: Importance): boolean {
    const hasRoom = (): boolean => this.allocated + bytes <= this.#maxBytes;
    const inUse = this.#blocks.filter(({ inFlight }) => inFlight > 0);
    const leastAllocated = inUse.reduce((sum, { buffer }) => sum + buffer.length, 0);
    if (leastAllocated + bytes > this.#maxBytes) return false;
    for (const least of LEAST_FIRST) {
      // What is more important stays.
      if (least > importance) return false;
      for (const block of [...this.#blocks]) {
        if (block.inFlight > 0 || block.least > least) continue;
        this.#letGo(block, least);
        if (hasRoom()) return true;
      }
    }
    return false;
  }

  /** Drops lines up to this importance. Moves the others to the block before, if they fit there. */
  #letGo(block: Block, importance: Importance): void {
    const kept: number[] = [];
    const gone: Array<Parameters<Evicted>> = [];
    let keptBytes = 0;
    for (const { from, to } of this.#pendingOf(block)) {
      for (let line = from; line < to; line++) {
        const lineImportance = block.importanceOf(line);
        const bytes = block.endOf(line) - block.startOf(line);
        if (lineImportance > importance) {
          kept.push(line);
          keptBytes += bytes;
        } else {
          gone.push([lineImportance, block.tagOf(line)]);
          this.bytes -= bytes - FRAME_BYTES;
        }
      }
    }
    this.lines -= gone.length;
    this.unsent -= gone.length;
    this.#returned = this.#returned.filter((range) => range.block !== block);
    const before = this.#blocks[this.#blocks.indexOf(block) - 1];
    const takes = before !== undefined && before.inFlight === 0 && before.least > importance;
    const to = takes && before.buffer.length - before.used >= keptBytes ? before : block;
    block.moveTo(to, kept);
    block.sealed = true;
    this.#cursor = Math.min(this.#cursor, this.#blocks.indexOf(to));
    if (block.lines === 0) this.#remove(block);
    for (const line of gone) this.#evicted(...line);
  }

  /** The unsent lines of a block: those given back, then those never handed out. */
  #pendingOf(block: Block): Lines[] {
    const pending: Lines[] = this.#returned.filter((range) => range.block === block);
    pending.push({ from: block.sent, to: block.lines });
    return pending;
  }
}

type Lines = Pick<BlockRange, 'from' | 'to'>;

function isBefore(a: BlockRange, b: BlockRange): boolean {
  return a.block.first < b.block.first || (a.block === b.block && a.from < b.from);
}
