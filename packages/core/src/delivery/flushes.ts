/** Waits until the server has all lines: with the event loop, or without it, in an exiting process or before a call that blocks. `FlushPlan` decides. */
import { attempt } from '../process/guard.ts';
import { pause } from '../process/timers.ts';
import { Waiters } from '../process/waiters.ts';
import type { SenderHost, SenderSettings } from '../senders/sender.ts';
import { flushInThread } from './flush-in-thread.ts';
import { FlushPlan, LAST_TRY_MS, LOOK_EVERY_MS } from './flush-plan.ts';
import { LastFlush, type LastFlushParts } from './last-flush.ts';
import type { FlushResult } from './stats.ts';

interface Parts extends LastFlushParts {
  readonly host: SenderHost;
  readonly settings: SenderSettings;
}

/** How long a flush waits if one before it was in vain that could wait as long, and no answer has come since. The last one waits longer. */
const SHORT_FLUSH_MS = 10;
/** One flush in this time waits as usual: where the process is frozen between two flushes, a handshake would never end otherwise. */
const TRIAL_EVERY_MS = 5_000;

export class Flushes {
  /** The longest limit of those that ended unanswered, until an answer comes. */
  vainMs = 0;
  /** When the last one began that waited as usual. */
  #triedAt = Number.NEGATIVE_INFINITY;
  readonly #parts: Parts;
  readonly #waiters: Waiters;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#waiters = new Waiters(parts.clock.timers);
  }

  /** Lines of which no byte has left the process. */
  get unsent(): number {
    return this.untaken - this.#parts.queue.unconfirmed;
  }

  get untaken(): number {
    const { queue, current } = this.#parts;
    return queue.unsent + (current.sender.withoutLoop?.untakenLines ?? 0);
  }

  /** @param atMostMs The limit of somebody who waits for it, if any. If it is in vain then, no later one waits for long. */
  async flush(timeoutMs: number, atMostMs?: number): Promise<FlushResult> {
    const { current, queue, retry, clock } = this.#parts;
    current.replaceIfGone();
    const mark = queue.mark();
    const start = clock.steady();
    let waitMs = timeoutMs;
    if (this.vainMs >= timeoutMs && start < this.#triedAt + TRIAL_EVERY_MS)
      waitMs = Math.min(timeoutMs, SHORT_FLUSH_MS);
    else this.#triedAt = start;
    const plan = new FlushPlan(start, waitMs, this.#patienceMs(timeoutMs));
    current.sender.pump(start, 'flush');
    let complete = queue.settledThrough >= mark;
    const isHopeless = retry.state.retryAt > start + waitMs;
    for (let now = start; !complete && !isHopeless; now = clock.steady()) {
      const { settledThrough: settled } = queue;
      const step = plan.next(now, { settled, untaken: this.untaken });
      if (step === 'stop') break;
      if (step === 'suspect') current.sender.suspect?.(now + plan.waitMs(now));
      complete = await this.#waiters.wait(mark, Math.min(plan.waitMs(now), LOOK_EVERY_MS));
    }
    return this.#ended(complete, atMostMs ? Number.POSITIVE_INFINITY : timeoutMs);
  }

  /** The last one, before the transport is closed. */
  flushLast(timeoutMs: number): Promise<FlushResult> {
    // Its lazy file may have been removed.
    const last =
      this.#parts.queue.lines && attempt(() => new LastFlush(this.#parts, this.#waiters, this));
    return last ? last.flush(timeoutMs, this.#patienceMs(timeoutMs)) : this.flush(timeoutMs);
  }

  /** @param isOnce Tries once: the process goes on, and so do attempts. Other flushes wait as if this one had not been. */
  flushSync(timeoutMs: number, isOnce?: boolean): FlushResult {
    this.#flushWithoutLoop(timeoutMs, isOnce);
    return this.#ended(this.#parts.queue.lines === 0, isOnce ? 0 : timeoutMs);
  }

  /** Lines were settled: tells those that wait for them. */
  settled(): void {
    if (this.#waiters.count === 0) return;
    const { queue, current, clock } = this.#parts;
    this.#waiters.tell((mark) => queue.settledThrough >= mark);
    if (this.#waiters.count > 0) current.sender.pump(clock.steady(), 'flush');
  }

  #ended(complete: boolean, timeoutMs: number): FlushResult {
    this.vainMs = complete ? 0 : Math.max(this.vainMs, timeoutMs);
    return { complete, pending: this.#parts.queue.lines };
  }

  /** Short after one in vain that could wait as long, unless the server is there. A slow server may need longer than a short flush. */
  #patienceMs(timeoutMs: number): number {
    return this.vainMs >= timeoutMs && !this.#parts.retry.isBusy ? LAST_TRY_MS : timeoutMs;
  }

  /** Blocks until nothing is pending, waiting is of no use, or the time is up. */
  #flushWithoutLoop(timeoutMs: number, isOnce?: boolean): void {
    const { queue, current, clock, retry } = this.#parts;
    const { steady } = clock;
    let hasFailed = false;
    const plan = new FlushPlan(steady(), timeoutMs, this.#patienceMs(timeoutMs));
    for (let now = plan.start; queue.lines > 0; now = steady()) {
      // Nothing is logged meanwhile.
      const before = { settled: -queue.lines, untaken: this.untaken, retry };
      const step = plan.next(now, before);
      if (step === 'stop') return;
      const canGoOn =
        step !== 'suspect' || current.sender.suspect?.(now + plan.waitMs(now), 'sync') !== false;
      // The waits of a long outage are longer than an exit.
      if (step === 'retry') this.#parts.endBackoff();
      current.replaceIfGone();
      const isWaiting = hasFailed && retry.state.backsOff;
      if (!isWaiting && (!canGoOn || current.sender.withoutLoop?.pump(now) !== true)) {
        const leftMs = plan.leftMs(now);
        const connectMs = Math.min(leftMs, plan.patienceMs);
        hasFailed = flushInThread(this.#parts, { connectMs, timeoutMs: leftMs });
        if (hasFailed && !isOnce) continue;
        return;
      }
      if (-queue.lines === before.settled && this.untaken === before.untaken) pause(1);
    }
  }
}
