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
/** If the event loop runs only for moments between long calls, a handshake may take longer than the server waits for it. */
const CONNECTED_WITHIN_MS = 5_000;
/** So many turns of the event loop, so far apart, are enough for a handshake with a server nearby. */
const ENOUGH_TURNS = 5;
const TURN_MS = 20;

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

/** What is known of the calls of one thread, for one server. */
class Calls {
  readonly forAnswers = new Allowance(SLOW_AFTER_MS, SAVED_MS);
  readonly forThreads = new Allowance(THREAD_LIMIT_MS, THREAD_LIMIT_MS);
  /** Since when no connection has taken lines, and the event loop has run only for moments. */
  stuckSince = Number.NEGATIVE_INFINITY;
  /** Turns of the event loop since the last call at which lines waited. Time says nothing: the program may have computed. */
  #turns = ENOUGH_TURNS;
  #timer: NodeJS.Timeout | undefined;

  /** Whether lines waited at the call before, and the event loop has not run since then, or only for moments in five seconds. */
  isStuck(now: number): boolean {
    const turns = this.#turns;
    this.#turns = 0;
    nodeTimers.stop(this.#timer);
    this.#awaitTurn(0);
    if (turns >= ENOUGH_TURNS) this.stuckSince = now;
    return turns === 0 || now - this.stuckSince >= CONNECTED_WITHIN_MS;
  }

  #awaitTurn(ms: number): void {
    this.#timer = nodeTimers.start(() => {
      if (++this.#turns < ENOUGH_TURNS) this.#awaitTurn(TURN_MS);
    }, ms);
    this.#timer.unref();
  }
}

const callsOf = new WeakMap<SenderHost, Calls>();

/**
 * Ends the open request once another one can begin: the next lines must not wait in memory, where the thread may stay blocked with
 * them for as long as it lives. If that takes too long, because the server is slow or the thread has waited its share of the time, the
 * request stays open, and there is one more connection for the next time.
 *
 * Lines without a connection get one. If that takes the event loop, and it has not run since the call before, or only for moments in five
 * seconds, another thread sends them: a program that prints and blocks in turn, or a thread of a pool, may never return to its event loop.
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
  const calls = callsOf.get(host) ?? new Calls();
  callsOf.set(host, calls);
  const { forAnswers } = calls;
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
      const isStuck = calls.isStuck(start);
      if (pool.prepareWithoutLoop(true)) waitWhile(() => host.lines > 0);
      else {
        if (isStuck) sendInThread(host, start, calls.forThreads);
        return;
      }
    }
    waitWhile(() => !hasNext() && awaitsAny());
    if (hasNext() || !awaitsAny()) {
      sender.pump(steadyClock(), 'flush');
      // It was the only connection.
      waitWhile(() => !hasNext() && awaitsAny());
    }
    // A connection that still waits for its first answer may be closed already.
    if (host.lines === 0) calls.stuckSince = steadyClock();
    if (!hasNext()) pool.prepareWithoutLoop(true);
  } catch {
    // The stack is full.
    host.current.isGone = true;
  } finally {
    forAnswers.spend(waitedMs, steadyClock());
  }
}

function sendInThread(host: SenderHost, start: number, allowance: Allowance): void {
  // What is printed while the process exits is flushed then.
  if (allowance.leftMs(start) < MIN_FOR_THREAD_MS || isExiting() || !mayStartThreads()) return;
  host.flushSync(THREAD_LIMIT_MS, true);
  const now = steadyClock();
  allowance.spend(Math.max(0, now - start - QUICK_MS), now);
}

function mayStartThreads(): boolean {
  const { permission } = process as Partial<Pick<typeof process, 'permission'>>;
  return permission?.has('worker') !== false;
}
