/**
 * The end of a flush in an exiting process: a thread makes the connection that the process cannot make without its event loop.
 *
 * @lazy
 */
import { steadyClock } from '../process/timers.ts';
import { bytesIn, linesIn } from '../senders/block.ts';
import { BODY_BYTES, sendInThread, type ThreadLimits } from '../senders/send-in-thread.ts';
import { type Sender, type SenderHost, type SenderSettings, takeBatch } from '../senders/sender.ts';
import type { Queue } from './queue.ts';
import type { TransportStats } from './stats.ts';

/**
 * Connections of the sender that are silent are kept, and compared with the new one. Any others are closed: nothing shows what they
 * receive.
 *
 * @param untaken Lines in flight that the kernel has not taken.
 * @returns How many of the lines that are left were sent, and not acknowledged.
 */
export function flushInThread(
  host: SenderHost & { readonly stats: TransportStats },
  sender: Sender,
  queue: Queue,
  untaken: number,
  { endpoint, headers }: SenderSettings,
  limits: ThreadLimits,
): number {
  const { withoutLoop } = sender;
  const isKept = withoutLoop?.isSilent === true;
  const held = isKept ? untaken : 0;
  // Unsent lines that were sent before. They come first.
  let again = isKept || withoutLoop === undefined ? 0 : queue.inFlight - untaken;
  let againInBody = 0;
  if (!isKept) sender.close();
  let { resent } = host.stats;
  let isFirst = true;
  const { unconfirmed, unsent, reason } = sendInThread(endpoint, headers, limits, {
    goesOn: () => {
      if (isKept) withoutLoop?.pump(steadyClock());
      return queue.lines > 0;
    },
    next: () => {
      const before = resent;
      resent = host.stats.resent;
      again += resent - before;
      const ranges = takeBatch(host, BODY_BYTES);
      againInBody = Math.min(again, linesIn(ranges));
      again -= againInBody;
      const isAsked = ranges.length > 0 || isFirst;
      isFirst = false;
      return isAsked ? ranges : undefined;
    },
    acknowledged: (ranges, since) => {
      againInBody = 0;
      if (ranges.length > 0) host.settle(ranges, { kind: 'delivered' });
      const newer = { bytes: bytesIn(ranges), ms: steadyClock() - since };
      withoutLoop?.answeredElsewhere(since, newer);
    },
  });
  again += host.stats.resent - resent;
  const begun = linesIn(unconfirmed);
  const silent = queue.inFlight - begun - linesIn(unsent) - held;
  sender.close();
  if (queue.lines > 0) host.settle([...unconfirmed, ...unsent], { kind: 'retryable', reason });
  return again + silent + (begun || againInBody);
}
