/**
 * Whether a connection that does not answer has died without a sign, or waits for a server that is busy or was frozen. Pure.
 *
 * What newer connections answer is compared with its silence. They carry an empty request first, then a line of the silent one, then
 * as much as a broken connection may duplicate, then everything. A busy server is slow for these, too. So each step comes when the
 * silence lasts far longer than a request would take at the speed of newer answers, and the last one after half of the time that
 * a flush has left: a server that could not work for a while answers new requests before old ones. @lazy silence
 */
import { FEW_BYTES } from '../request-rule.ts';

/** An answer that takes this many times as long as it would at the speed of a newer one will never come. */
const IMPLAUSIBLE = 5;
/** What is sent again, step by step. */
const STEPS = [1, FEW_BYTES, Number.POSITIVE_INFINITY];

/** What a newer connection held, and how long the server took for its answer: the network can be slow and the server quick. */
export interface Newer {
  readonly bytes: number;
  readonly ms: number;
}

/** What is known of one silent connection. */
export class Doubt {
  /** Only answers to requests that ended later are evidence against it. */
  since: number;
  /** If it is still silent then, more of it is sent again. */
  dueAt: number = Number.POSITIVE_INFINITY;
  #step = 0;
  /** A server that was frozen has only been able to answer since then. */
  #aliveAt = Number.POSITIVE_INFINITY;
  /** Of the newer requests. The fixed cost of a request distorts the rate of the largest one least. */
  #largest: Newer = { bytes: 0, ms: 0 };
  /** How long the first evidence for this step took. */
  #stepMs = 0;
  readonly #begunAt: number;
  readonly #until: number;

  /** @param until When the flush that waits for the answer ends; the present time if none does. */
  constructor(now: number, until: number) {
    this.since = this.#begunAt = now;
    this.#until = until;
  }

  /**
   * A newer request was answered. The first evidence for each step counts. In the last step, the largest request that ended since the doubt
   * began shows the speed of the server. It counts whenever its answer comes: large requests take longest.
   *
   * @param bytes What the silent one holds.
   * @param endedAt When the newer request ended.
   */
  answered(bytes: number, newer: Newer, endedAt: number, now: number): void {
    if (endedAt >= this.#begunAt && newer.bytes > this.#largest.bytes) this.#largest = newer;
    // An empty request shows only that somebody is there.
    if (this.#step > 0 && newer.bytes === 0) return;
    const isLast = this.#step === STEPS.length - 1;
    const isFirst = this.dueAt === Number.POSITIVE_INFINITY;
    if (isFirst ? endedAt < this.since : !isLast) return;
    this.#aliveAt = Math.min(this.#aliveAt, now);
    if (isFirst) this.#stepMs = newer.ms * (isLast ? Math.min(1, bytes / newer.bytes) : 1);
    const largest = this.#largest;
    // The server may have become slower since it answered the largest one.
    const lastMs = isLast ? (largest.ms * bytes) / largest.bytes : 0;
    this.dueAt = this.#aliveAt + IMPLAUSIBLE * Math.max(0, this.#stepMs, lastMs);
    if (isLast) this.dueAt = Math.max(this.dueAt, (this.#aliveAt + this.#until) / 2);
  }

  /** How many of its bytes are sent again now. */
  due(now: number): number {
    if (now < this.dueAt) return 0;
    this.since = now;
    this.dueAt = Number.POSITIVE_INFINITY;
    return STEPS[this.#step++] ?? 0;
  }
}
