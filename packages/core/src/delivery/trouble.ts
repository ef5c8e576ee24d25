/** What people are told about a delivery: warnings, and each failure in the debug output. */
import { warn } from '../process/warn.ts';
import type { Failure } from '../senders/outcome.ts';
import type { RetryState } from './retry.ts';

/** After this time without any success people are told. */
const TROUBLE_AFTER_MS = 5_000;

/** Tells what goes wrong with one server. Each kind of warning is given once. */
export class Trouble {
  readonly #url: string;
  readonly #debug: (message: string) => void;
  #lastReason = '';
  #isRefused = false;

  /** The URL is one without credentials. */
  constructor(url: string, debug: (message: string) => void) {
    this.#url = url;
    this.#debug = debug;
  }

  /** An attempt has failed, after which this is the state. */
  failed({ kind, reason }: Failure, state: RetryState, now: number, isNews: boolean): void {
    const { failures, failingSince, heldUntil } = state;
    this.#lastReason = reason;
    if (isNews) {
      const waitMs = Math.max(0, Math.round(heldUntil - now));
      this.#debug(`failure ${failures}: ${reason}; next attempt in ${waitMs} ms`);
    }
    if (kind === 'refused') {
      this.#isRefused = true;
      const then = 'they are kept and tried again';
      warn('DL_REFUSED', `${this.#url} refuses log records: ${reason}; ${then}`);
    } else if (now - failingSince >= TROUBLE_AFTER_MS && !this.#isRefused) {
      const what = `log records cannot be delivered to ${this.#url} at the moment`;
      warn('DL_UNDELIVERED', `${what} (${reason})`);
    }
  }

  /** Lines were delivered. */
  over(): void {
    this.#lastReason = '';
  }

  /** The process ends, and this number of lines was not delivered. */
  lostAtExit(lines: number): void {
    if (lines === 0) return;
    const reason = this.#lastReason === '' ? 'the time was up' : this.#lastReason;
    warn('DL_LOST_AT_EXIT', `${lines} log records were not delivered to ${this.#url} (${reason})`);
  }

  /** The queue is full. */
  noRoom(maxQueueBytes: number): void {
    const limit = `${maxQueueBytes} bytes of them (VICTORIALOGS_MAX_QUEUE_BYTES)`;
    warn('DL_DROPPED', `log records are dropped: ${limit} wait for the server`);
  }

  /** Something could not be done in the spool's directory. */
  spoolFailed(directory: string, reason: string): void {
    warn('DL_SPOOL', `the spool ${directory} cannot be used at the moment: ${reason}`);
  }
}
