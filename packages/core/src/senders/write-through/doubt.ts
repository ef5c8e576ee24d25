/**
 * Whether a connection that does not answer has died without a sign, or waits for a server that is busy or was frozen. Pure.
 *
 * What newer connections answer is compared with its silence. They carry an empty request first, then a line of the silent one, then
 * as much as a broken connection may duplicate. A busy server is slow for these, too. A dead connection stays silent for far longer
 * than its request would take at the speed of the last of them, and for half of the time that a flush has left: a server that could
 * not work for a while answers new requests before old ones. Then everything is sent again.
 */
import { ENOUGH_BYTES } from './request-rule.ts';

/** An answer that takes so many times as long as it would at the speed of a newer one will never come. */
const IMPLAUSIBLE = 5;

/** What a newer connection held, and how long its answer took. */
export interface Newer {
  readonly bytes: number;
  readonly ms: number;
}

/** What is known of one silent connection. */
export class Doubt {
  /** Only answers to requests that ended later are evidence. */
  since: number;
  /** If it is still silent then, it is dead. */
  deadAt: number = Number.POSITIVE_INFINITY;
  #answers = 0;
  /** A server that was frozen has only been able to answer since then. */
  #aliveAt = 0;
  readonly #until: number;

  /** @param until When the flush that waits for the answer ends; the present time if none does. */
  constructor(now: number, until: number) {
    this.since = now;
    this.#until = until;
  }

  /**
   * A newer request was answered. Returns how many bytes of the silent one are sent again.
   *
   * @param bytes What the silent one holds.
   */
  answered(bytes: number, newer: Newer, now: number): number {
    if (this.#answers === 0) this.#aliveAt = now;
    // It shows only that somebody is there.
    else if (newer.bytes === 0) return 0;
    this.since = now;
    const repeated = [1, ENOUGH_BYTES][this.#answers++];
    if (repeated !== undefined) return repeated;
    // The first evidence counts.
    const implausibleAt = this.#aliveAt + (IMPLAUSIBLE * newer.ms * bytes) / newer.bytes;
    if (this.#answers === 3)
      this.deadAt = Math.max(implausibleAt, (this.#aliveAt + this.#until) / 2);
    return 0;
  }
}
