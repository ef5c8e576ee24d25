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

/**
 * Connections of the sender that are silent are kept, and compared with the new one. Any others are closed: nothing shows what they
 * receive.
 */
export function flushInThread(
  host: SenderHost,
  sender: Sender,
  queue: Queue,
  { endpoint, headers }: SenderSettings,
  limits: ThreadLimits,
): void {
  const { withoutLoop } = sender;
  const isKept = withoutLoop?.isSilent === true;
  if (!isKept) sender.close();
  let isFirst = true;
  const { unconfirmed, unsent, reason } = sendInThread(endpoint, headers, limits, {
    goesOn: () => {
      if (isKept) withoutLoop?.pump(steadyClock());
      return queue.lines > 0;
    },
    next: () => {
      const ranges = takeBatch(host, BODY_BYTES);
      const isAsked = ranges.length > 0 || isFirst;
      isFirst = false;
      return isAsked ? ranges : undefined;
    },
    acknowledged: (ranges, since) => {
      if (ranges.length > 0) host.settle(ranges, { kind: 'delivered' });
      const newer = { bytes: bytesIn(ranges), ms: steadyClock() - since };
      withoutLoop?.answeredElsewhere(since, newer);
    },
  });
  sender.close();
  if (queue.lines === 0) return;
  const untaken = linesIn(unsent);
  host.settle([...unconfirmed, ...unsent], { kind: 'retryable', reason, untaken });
}
