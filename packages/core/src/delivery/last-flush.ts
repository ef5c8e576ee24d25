/** The flush of a transport that is being closed: it takes what is written meanwhile, too, and tries once more before its end. @lazy */
import { type Clock, FROZEN_FOR_MS } from '../process/timers.ts';
import type { Waiters } from '../process/waiters.ts';
import type { CurrentSender } from './current-sender.ts';
import { FlushPlan, LAST_TRY_MS, LOOK_EVERY_MS } from './flush-plan.ts';
import type { Queue } from './queue.ts';
import type { RetryTimer } from './retry-timer.ts';
import type { FlushResult } from './stats.ts';

export interface LastFlushParts {
  readonly queue: Queue;
  readonly current: CurrentSender;
  readonly clock: Clock;
  readonly retry: RetryTimer;
  /** Cuts the wait after a failure short. The next one is short, too. */
  readonly endBackoff: () => void;
}

/** The mark after all lines. */
const END = Number.MAX_SAFE_INTEGER;
/**
 * How often it cuts a wait short that would last until its end: at first, and after a shorter one that was in vain. No more often, since a
 * server may have asked for the wait.
 */
const MAX_EARLY_TRIES = 2;

export class LastFlush {
  readonly #parts: LastFlushParts;
  readonly #waiters: Waiters;
  readonly #counts: { readonly untaken: number };
  /**
   * For how many milliseconds the process was frozen, once: they do not count. If it happens again, its event loop may be blocked by the
   * program, which looks the same.
   */
  #frozenMs = 0;

  constructor(parts: LastFlushParts, waiters: Waiters, counts: { readonly untaken: number }) {
    this.#parts = parts;
    this.#waiters = waiters;
    this.#counts = counts;
  }

  /** @param patienceMs It waits no longer without progress. */
  async flush(timeoutMs: number, patienceMs: number): Promise<FlushResult> {
    const { current } = this.#parts;
    const lastTryMs = Math.min(timeoutMs, LAST_TRY_MS);
    const plan = new FlushPlan(this.#now, timeoutMs - lastTryMs, patienceMs);
    current.replaceIfGone();
    current.sender.pump(plan.start, 'flush');
    await this.#follow(plan);
    if (!this.#isEmpty) {
      this.#retry();
      await this.#wait(lastTryMs);
    }
    return { complete: this.#isEmpty, pending: this.#parts.queue.lines };
  }

  get #isEmpty(): boolean {
    return this.#parts.queue.lines === 0;
  }

  async #follow(plan: FlushPlan): Promise<void> {
    const { retry } = this.#parts;
    let tries = MAX_EARLY_TRIES;
    for (let now = plan.start; !this.#isEmpty; now = this.#now - this.#frozenMs) {
      const { settledThrough: settled } = this.#parts.queue;
      const step = plan.next(now, { settled, untaken: this.#counts.untaken });
      if (step === 'stop') return;
      // The wait of a long outage would last until the end.
      if (retry.state.retryAt > this.#now + plan.leftMs(now) && tries-- > 0) this.#retry();
      const waitMs = plan.waitMs(now);
      if (step === 'suspect') this.#parts.current.sender.suspect?.(this.#now + waitMs);
      await this.#wait(Math.min(waitMs, LOOK_EVERY_MS));
    }
  }

  #retry(): void {
    const { current, endBackoff } = this.#parts;
    endBackoff();
    current.sender.pump(this.#now, 'flush');
  }

  /** Waits this long, but no longer than until nothing is left. */
  async #wait(ms: number): Promise<void> {
    let leftMs = ms;
    while (leftMs > 0 && !this.#isEmpty) {
      const start = this.#now;
      const lookMs = Math.min(leftMs, LOOK_EVERY_MS);
      await this.#waiters.wait(END, lookMs);
      const tookMs = this.#now - start;
      const isFrozen = this.#frozenMs === 0 && tookMs >= lookMs + FROZEN_FOR_MS;
      if (isFrozen) this.#frozenMs = tookMs - lookMs;
      leftMs -= isFrozen ? lookMs : tookMs;
    }
  }

  get #now(): number {
    return this.#parts.clock.steady();
  }
}
