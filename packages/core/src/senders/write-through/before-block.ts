/** What is done for the lines of a thread that is about to block. @lazy */
import { isExiting } from '../../process/ending.ts';
import { nodeTimers, pause, steadyClock } from '../../process/timers.ts';
import { SLOW_AFTER_MS } from '../request-rule.ts';
import type { Sender, SenderHost } from '../sender.ts';
import type { ConnectionPool } from './pool.ts';

const POLL_EVERY_MS = 1;
/** A program that logs and blocks in turn is slowed down by about a tenth at most, however far away the server is. */
const SHARE_OF_WAITING = 0.1;
/** Longest wait for a thread that sends what waits. A slower server may get these lines twice, so there is a pause after it. */
const THREAD_LIMIT_MS = 1_000;
/** Waits for it are not limited to their share before they have taken this long in all. */
const FREE_MS = 1_000;
/** A wait for it this short does not count. */
const QUICK_MS = 5;
/** It is begun only if this much may be waited for. */
const MIN_FOR_THREAD_MS = 50;

/** When the thread last blocked with lines to send. */
const lastAt = new WeakMap<SenderHost, number>();
/** The waits for another thread so far would be their share of the time since this moment. */
const waitedFrom = new WeakMap<SenderHost, number>();
/** Those that had lines without a connection when the thread last blocked, and whose event loop has not run since. */
const stuck = new WeakSet<SenderHost>();

/**
 * Ends the open request once another one can begin: the next lines must not wait in memory, where the thread may stay blocked with
 * them for as long as it lives. If the server is slow, or the thread has blocked like this a moment ago, the request stays open.
 *
 * Lines without a connection get one. If that takes the event loop, and it has not run since the call before, another thread sends them:
 * a program that prints and blocks in turn, or a thread of a pool, may never return to its event loop.
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
  const sinceLastMs = start - (lastAt.get(host) ?? Number.NEGATIVE_INFINITY);
  const until = start + Math.min(sinceLastMs * SHARE_OF_WAITING, SLOW_AFTER_MS);
  const hasNext = () => pool.youngest(steadyClock()) !== undefined;
  const awaitsAny = () => pool.awaitsSince(Number.POSITIVE_INFINITY);
  const waitWhile = (isPending: () => boolean) => {
    for (let now = start; isPending(); now = steadyClock()) {
      if (now >= until || pool.awaitsSince(now - SLOW_AFTER_MS)) return;
      pause(Math.min(POLL_EVERY_MS, until - now));
      poll();
    }
  };
  try {
    poll();
    if (host.lines > 0) {
      if (pool.prepareWithoutLoop(true)) waitWhile(() => host.lines > 0);
      else {
        if (isStuck(host)) sendInThread(host, start);
        return;
      }
    }
    waitWhile(() => !hasNext() && awaitsAny());
    if (!hasNext() && awaitsAny()) return;
    sender.pump(steadyClock(), 'flush');
    // It was the only connection.
    waitWhile(() => !hasNext() && awaitsAny());
    if (!hasNext()) pool.prepareWithoutLoop(true);
  } catch {
    // The stack is full.
    host.current.isGone = true;
  } finally {
    lastAt.set(host, steadyClock());
  }
}

function sendInThread(host: SenderHost, start: number): void {
  const from = Math.max(
    waitedFrom.get(host) ?? Number.NEGATIVE_INFINITY,
    start - FREE_MS / SHARE_OF_WAITING,
  );
  // What is printed while the process exits is flushed then.
  if ((start - from) * SHARE_OF_WAITING < MIN_FOR_THREAD_MS || isExiting() || !mayStartThreads())
    return;
  host.flushSync(THREAD_LIMIT_MS, true);
  const waitedMs = Math.max(0, steadyClock() - start - QUICK_MS);
  waitedFrom.set(host, from + waitedMs / SHARE_OF_WAITING);
}

function isStuck(host: SenderHost): boolean {
  if (stuck.has(host)) return true;
  stuck.add(host);
  nodeTimers.start(() => stuck.delete(host), 0).unref();
  return false;
}

function mayStartThreads(): boolean {
  const { permission } = process as Partial<Pick<typeof process, 'permission'>>;
  return permission?.has('worker') !== false;
}
