/** A delivery whose sender leaves the outcomes to the test. */
import { afterEach, beforeEach, expect, vi } from 'vitest';
import { Delivery } from '../../src/delivery/delivery.ts';
import { difference } from '../../src/delivery/drop-report.ts';
import { completeOptions } from '../../src/options.ts';
import { REPORT } from '../../src/record/record.ts';
import { type BlockRange, bytesOf } from '../../src/senders/block.ts';
import type { Outcome } from '../../src/senders/outcome.ts';
import type { Sender, SenderHost, WithoutLoop } from '../../src/senders/sender.ts';

export const DELIVERED = { kind: 'delivered' } as const;
export const BUSY = { kind: 'retryable', reason: 'status 503' } as const;
export const INFO = 2;
export const WARN = 3;

/** Each test moves its clock by itself, and gives no warning. */
export function withoutTimeAndWarnings(): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });
}

/** A sender that sends what it can as one request and leaves the outcome to the test. */
class ScriptedSender implements Sender {
  readonly requests: BlockRange[][] = [];
  finished = 0;
  closed = false;
  sync: (() => void) | undefined;
  readonly host: SenderHost;

  constructor(host: SenderHost) {
    this.host = host;
  }

  async ready(): Promise<void> {}

  pump(_now?: number, flush?: 'flush'): void {
    if (flush) this.finished++;
    const ranges: BlockRange[] = [];
    let left = this.host.retry.state.requestBytes;
    while (left > 0 && this.host.lines > 0) {
      const range = this.host.take(left);
      if (range === undefined) break;
      ranges.push(range);
      left -= bytesOf(range).length;
    }
    if (ranges.length > 0) this.requests.push(ranges);
  }

  get withoutLoop(): WithoutLoop {
    const pump = () => {
      this.pump();
      this.sync?.();
      return this.sync !== undefined;
    };
    return { pump, untakenLines: 0, isSilent: false, answeredElsewhere() {} };
  }

  close(): void {
    this.closed = true;
    for (const ranges of this.requests.splice(0)) this.host.settle(ranges, { kind: 'cancelled' });
  }

  answer(outcome: Outcome): string {
    const ranges = this.requests.shift() ?? [];
    const text = ranges.map((range) => bytesOf(range).toString()).join('');
    this.host.settle(ranges, outcome);
    return text;
  }
}

export let sender: ScriptedSender;
export let reports: Array<Readonly<Record<string, number>>>;

export function makeDelivery(maxQueueBytes = 1 << 20, durable = false, spoolDir = ''): Delivery {
  const options = { url: 'http://127.0.0.1:1', maxQueueBytes, durable, spoolDir };
  const { settings } = completeOptions(options, {}, () => 'h');
  if (settings === undefined) throw new Error('no settings');
  reports = [];
  const delivery = new Delivery(settings, {
    clock: {
      steady: () => Date.now(),
      wall: () => Date.now(),
      timers: {
        start: (callback, ms) => setTimeout(callback, ms),
        stop: (timer) => clearTimeout(timer),
      },
    },
    random: () => 0,
    makeSender: (host) => {
      sender = new ScriptedSender(host);
      return sender;
    },
    loopIsNeeded: () => {},
    shipperId: 'test',
    report: (...counts) => {
      reports.push(difference(...counts));
      delivery.append('dropped\n', REPORT);
    },
  });
  return delivery;
}

/** Answers one request after the other until nothing more is sent. */
export function answerAll(outcome: Outcome): string {
  let lines = '';
  for (; sender.requests.length > 0; sender.pump()) lines += sender.answer(outcome);
  return lines;
}

/** Flushes one line that nobody acknowledges, until the time is up. */
export async function flushInVain(
  delivery: Delivery,
  ...[timeoutMs, ...how]: Parameters<Delivery['flush']>
): Promise<void> {
  const flushed = delivery.flush(timeoutMs, ...how);
  await vi.advanceTimersByTimeAsync(timeoutMs);
  await expect(flushed).resolves.toEqual({ complete: false, pending: 1 });
}
