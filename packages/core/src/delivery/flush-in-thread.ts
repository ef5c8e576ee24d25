/** The end of a flush without the event loop: a thread makes the connection that this one cannot make. @lazy */
import { guarded } from '../process/guard.ts';
import { watchCalls } from '../process/replace-method.ts';
import { nodeTimers, steadyClock } from '../process/timers.ts';
import { takeBatch } from '../senders/batch.ts';
import { type BlockRange, bytesIn, linesIn } from '../senders/block.ts';
import { ExitThread, type ThreadLimits } from '../senders/send-in-thread.ts';
import type { Sender, SenderHost, SenderSettings } from '../senders/sender.ts';
import type { CurrentSender } from './current-sender.ts';
import type { Queue } from './queue.ts';

/** Senders in whose place another one is made, once the event loop goes on. */
const replaced = new WeakSet<Sender>();

interface Parts {
  readonly host: SenderHost;
  readonly queue: Queue;
  readonly current: Pick<CurrentSender, 'sender' | 'replace'>;
  readonly settings: SenderSettings;
}

/**
 * Blocks until nothing is left or the time is up. Connections of the sender that are silent are kept, and compared with the new one.
 * Any others are closed: nothing shows what they receive.
 *
 * @returns Whether it may go on: a request was too large, and a smaller one may pass, its connection broke, or the server takes nothing
 * for now.
 */
export function flushInThread(
  { host, queue, current, settings }: Parts,
  limits: ThreadLimits,
): boolean {
  const { sender } = current;
  const isClosed = replaced.has(sender);
  const silent = sender.withoutLoop?.isSilent ? sender.withoutLoop : undefined;
  if (silent === undefined && !isClosed) sender.close();
  let thread: ExitThread | undefined;
  let end: ReturnType<ExitThread['end']>;
  try {
    thread = new ExitThread(settings.endpoint, settings.headers, limits);
    for (let isFirst = true; !thread.isOver; isFirst = false) {
      silent?.pump(steadyClock());
      if (queue.lines === 0) break;
      const next = thread.request === undefined ? takeBatch(host) : [];
      // If silent connections have all lines, they are compared with the answer to an empty request.
      if (next.length > 0 || isFirst) thread.post(next);
      const done = thread.wait();
      if (done === undefined) continue;
      const { ranges, since, ms } = done;
      if (ranges.length > 0) host.settle(ranges, { kind: 'delivered' });
      silent?.answeredElsewhere(since, { bytes: bytesIn(ranges), ms });
    }
    end = thread.end();
  } catch (error) {
    // Threads may be forbidden (--permission), or none may be left.
    end = { isInFlight: false, isBroken: false, reason: (error as Error).message };
  }
  if (!isClosed) {
    sender.close();
    replaceInLoop(current);
  }
  if (queue.lines === 0) return false;
  return giveBack(host, thread?.request?.ranges ?? [], end);
}

/**
 * The process may live on: pino flushes like this after a fatal line, and so does a thread that blocks. A new sender needs the event loop,
 * so it is made there, and not for each flush: each would begin a connection that nobody can finish.
 */
function replaceInLoop(current: Parts['current']): void {
  const { sender } = current;
  replaced.add(sender);
  let isOver = false;
  // Whoever closes it from here on needs no other one.
  watchCalls(sender, 'close', () => {
    isOver = true;
    return undefined;
  });
  const replace = () => isOver || current.sender !== sender || current.replace();
  nodeTimers.start(guarded(replace), 0).unref();
}

/** Settles what was not acknowledged. Returns whether the flush may go on. */
function giveBack(
  host: SenderHost,
  left: readonly BlockRange[],
  { isInFlight, isBroken, reason }: ReturnType<ExitThread['end']>,
): boolean {
  const untaken = isInFlight ? 0 : linesIn(left);
  if (reason === 'status 413') {
    host.settle(left, { kind: 'unacceptable', reason, drop: 'too_large', untaken });
    return true;
  }
  const isBusy = isBroken || /^status (429|5)/.test(reason);
  host.settle(left, {
    kind: 'retryable',
    reason,
    untaken,
    contactLost: isBroken && isInFlight,
    isBusy,
  });
  return isBusy;
}
