/** What the user learns about a delivery: warnings, and in the debug output the fate of connections and records. @lazy secrets */
import { debug } from '../process/debug.ts';
import type { Held } from '../process/thread-lines.ts';
import { warn } from '../process/warn.ts';
import { DAY_MS } from '../record/retention.ts';
import type { Decision } from './retry.ts';

/** After this time without any success the user is warned. */
const WARN_AFTER_MS = 5_000;
/**
 * The user is warned, too, if requests with lines get no answer twice in this time, though others do: a network can drop what is longer
 * than its packets may be, or what looks like an attack.
 */
const LATE_AGAIN_MS = 60_000;

/** Reports on one server. Each kind of warning is given once. */
export class DeliveryWarnings {
  readonly #url: string;
  #lastReason = '';
  #isRefused = false;
  #hasDelivered = false;
  /** How the last connection was made, unless something has failed since. */
  #lastWay: string | undefined;
  /** When a request with lines was late last. */
  #lateAt = Number.NEGATIVE_INFINITY;

  /** @param url Without credentials. */
  constructor(url: string) {
    this.#url = url;
  }

  /** Where the last attempt went, and why it failed. Undefined if it did not fail. */
  get lastFailure(): string | undefined {
    return this.#lastReason === '' ? undefined : `${this.#url} (${this.#lastReason})`;
  }

  /** A connection was made. Of several in a row that are made in the same way, only the first is reported. */
  connected(how: string): void {
    if (how !== this.#lastWay) debug(`connected to ${this.#url}${how}`);
    this.#lastWay = how;
  }

  lost(reason: string): void {
    debug(`${this.#url} has ended an idle connection: ${reason}`);
  }

  failed({ failure, state, startsOutage }: Decision, now: number): void {
    if (failure === undefined) return;
    const { kind, reason } = failure;
    const { failures, failingSince, retryAt } = state;
    // Most attempts fail for the same reason as the one before.
    const isAnother = reason !== this.#lastReason;
    this.#lastReason = reason;
    this.#lastWay = undefined;
    if (startsOutage && isAnother) {
      const waitMs = Math.max(0, Math.round(retryAt - now));
      debug(`failure ${failures}: ${reason}; next attempt in ${waitMs} ms`);
    }
    if (kind === 'refused') {
      this.#isRefused = true;
      const then = 'they are kept and tried again';
      warn('DL_REFUSED', `${this.#url} refuses log records: ${reason}; ${then}`);
      return;
    }
    const isLate = Number(failure.silentBytes) > 0;
    const isAgain = isLate && now - this.#lateAt <= LATE_AGAIN_MS;
    if (isLate) this.#lateAt = now;
    if ((now - failingSince >= WARN_AFTER_MS || isAgain) && !this.#isRefused) {
      const what = `log records cannot be delivered to ${this.#url} at the moment`;
      warn('DL_UNDELIVERED', `${what} (${reason})`);
    }
  }

  delivered(): void {
    if (this.#lastReason !== '') debug('records are delivered again');
    else if (!this.#hasDelivered) debug('the first records are delivered');
    this.#hasDelivered = true;
    this.#lastReason = '';
  }

  givenUp(reason: string): void {
    debug(`a record is given up: it is refused again and again (${reason})`);
  }

  /** A record came after the transport was closed. */
  closed(): void {
    warn('DL_CLOSED', `log records are dropped: the transport to ${this.#url} is closed`);
  }

  /** What is lost when the process ends, or this transport does. */
  leftAtEnd(
    held: Held,
    dropped: number,
    inThreads: Held = { lines: 0, unsent: 0 },
    isClosed?: boolean,
  ): void {
    const where = this.lastFailure ?? `${this.#url} (the time was up)`;
    if (isClosed) {
      const what = `${held.lines + dropped} log records were not acknowledged by ${where}`;
      warn('DL_CLOSED', `${what} when the transport was closed`);
      return;
    }
    const unsent = held.unsent + inThreads.unsent;
    const lost = unsent + dropped;
    const unconfirmed = held.lines + inThreads.lines - unsent;
    if (lost > 0) warn('DL_LOST_AT_EXIT', `${lost} log records were not delivered to ${where}`);
    if (unconfirmed > 0) {
      const what = `${unconfirmed} log records were sent but not confirmed by ${where}`;
      warn('DL_UNCONFIRMED_AT_EXIT', `${what}; the server may have stored them`);
    }
  }

  noRoom(maxQueueBytes: number): void {
    const room = `room for ${maxQueueBytes} bytes of them (VICTORIALOGS_MAX_QUEUE_BYTES)`;
    warn('DL_DROPPED', `log records are dropped: there is ${room}`);
  }

  spoolFailed(directory: string, reason: string): void {
    warn('DL_SPOOL', `the spool ${directory} cannot be used at the moment: ${reason}`);
  }

  /** The server acknowledges lines whose time is too far from its own, but drops them. */
  clockAhead(aheadMs: number): void {
    const days = Math.round(Math.abs(aheadMs) / DAY_MS);
    const away = `${days} days ${aheadMs > 0 ? 'ahead of' : 'behind'}`;
    const dropped =
      'which drops log records whose time is further behind than its retention or more than 2 days ahead';
    warn('DL_CLOCK', `the clock of this machine is ${away} that of ${this.#url}, ${dropped}`);
  }
}
