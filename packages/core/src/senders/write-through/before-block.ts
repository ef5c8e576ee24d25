/** What is done for the lines of a thread that is about to block. @lazy */
import { isExiting } from '../../process/ending.ts';
import { nodeTimers, pause, steadyClock } from '../../process/timers.ts';
import { SLOW_AFTER_MS } from '../request-rule.ts';
import type { Sender, SenderHost } from '../sender.ts';
import type { ConnectionPool } from './pool.ts';

const POLL_EVERY_MS = 1;
/** A program that logs and blocks in turn is slowed down by about a tenth at most, however far away the server is. */
const SHARE_OF_WAITING = 0.1;
/** As much of this is saved for later waits: a thread of a pool often blocks for long right after a short task. */
const SAVED_MS = 50;
/** Longest wait for a thread that sends what waits. A slower server may get these lines twice, so there is a pause after it. */
const THREAD_LIMIT_MS = 1_000;
/** A wait for it this short does not count. */
const QUICK_MS = 5;
/** It is begun only if this much may be waited for. */
const MIN_FOR_THREAD_MS = 50;
/** Where the event loop runs for a moment between long calls, a handshake may take longer than the server waits for it. */
const CONNECTED_WITHIN_MS = 1_000;

/** Limits waits to their share of the time. */
class Allowance {
  /** All waits so far would be their share of the time since this moment. */
  #from = Number.NEGATIVE_INFINITY;
  readonly #maxMs: number;
  readonly #savedMs: number;

  /**
   * @param maxMs How long one wait may take, after a long time without waits.
   * @param savedMs How much of that is left for the next one, if it is not needed.
   */
  constructor(maxMs: number, savedMs: number) {
    this.#maxMs = maxMs;
    this.#savedMs = savedMs;
  }

  leftMs(now: number): number {
    return Math.min(this.#maxMs, (now - this.#from) * SHARE_OF_WAITING);
  }

  spend(ms: number, now: number): void {
    const leftMs = Math.min(this.#savedMs, this.leftMs(now) - ms);
    this.#from = now - leftMs / SHARE_OF_WAITING;
  }
}

class Allowances {
  readonly forAnswers = new Allowance(SLOW_AFTER_MS, SAVED_MS);
  readonly forThreads = new Allowance(THREAD_LIMIT_MS, THREAD_LIMIT_MS);
}

const allowances = new WeakMap<SenderHost, Allowances>();
/** Those that had lines without a connection when the thread last blocked, and whose event loop has not run since. */
const stuck = new WeakSet<SenderHost>();
/** When the thread first blocked with lines without a connection, if there has been none since. */
const unconnectedSince = new WeakMap<SenderHost, number>();

/**
 * Ends the open request once another one can begin: the next lines must not wait in memory, where the thread may stay blocked with
 * them for as long as it lives. If that takes too long, because the server is slow or the thread has waited its share of the time, the
 * request stays open, and there is one more connection for the next time.
 *
 * Lines without a connection get one. If that takes the event loop, and it has not run since the call before, or has not made a connection
 * in a second, another thread sends them: a program that prints and blocks in turn, or a thread of a pool, may never return to its event
 * loop, or only for a moment.
 *
 * @param poll Looks for answers and new connections.
 */
export function beforeBlock(
  sender: Sender,
  pool: ConnectionPool,
  host: SenderHost,
  poll: () => void,
): void {
  const start = steadyClock();
  const { forAnswers, forThreads } = allowancesOf(host);
  const until = start + forAnswers.leftMs(start);
  let waitedMs = 0;
  const hasNext = () => pool.youngest(steadyClock()) !== undefined;
  const awaitsAny = () => pool.awaitsSince(Number.POSITIVE_INFINITY);
  const waitWhile = (isPending: () => boolean) => {
    const from = steadyClock();
    let now = from;
    while (isPending() && now < until && !pool.awaitsSince(now - SLOW_AFTER_MS)) {
      pause(Math.min(POLL_EVERY_MS, until - now));
      poll();
      now = steadyClock();
    }
    waitedMs += now - from;
  };
  try {
    poll();
    if (host.lines > 0) {
      if (pool.prepareWithoutLoop(true)) waitWhile(() => host.lines > 0);
      else {
        if (isStuck(host, start)) sendInThread(host, start, forThreads);
        return;
      }
    }
    waitWhile(() => !hasNext() && awaitsAny());
    if (hasNext() || !awaitsAny()) {
      sender.pump(steadyClock(), 'flush');
      // It was the only connection.
      waitWhile(() => !hasNext() && awaitsAny());
    }
    if (hasNext() || awaitsAny()) unconnectedSince.delete(host);
    if (!hasNext()) pool.prepareWithoutLoop(true);
  } catch {
    // The stack is full.
    host.current.isGone = true;
  } finally {
    forAnswers.spend(waitedMs, steadyClock());
  }
}

function allowancesOf(host: SenderHost): Allowances {
  const known = allowances.get(host) ?? new Allowances();
  allowances.set(host, known);
  return known;
}

function sendInThread(host: SenderHost, start: number, allowance: Allowance): void {
  // What is printed while the process exits is flushed then.
  if (allowance.leftMs(start) < MIN_FOR_THREAD_MS || isExiting() || !mayStartThreads()) return;
  host.flushSync(THREAD_LIMIT_MS, true);
  const now = steadyClock();
  allowance.spend(Math.max(0, now - start - QUICK_MS), now);
}

function isStuck(host: SenderHost, now: number): boolean {
  const since = unconnectedSince.get(host) ?? now;
  unconnectedSince.set(host, since);
  if (stuck.has(host)) return true;
  stuck.add(host);
  nodeTimers.start(() => stuck.delete(host), 0).unref();
  return now - since >= CONNECTED_WITHIN_MS;
}

function mayStartThreads(): boolean {
  const { permission } = process as Partial<Pick<typeof process, 'permission'>>;
  return permission?.has('worker') !== false;
}
