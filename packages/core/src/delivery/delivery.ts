/** Keeps lines until the server has them: owns the queue and the sender, and does what `RetryTimer` and `FlushPlan` decide. */
import { isDebugging } from '../process/debug.ts';
import { attempt } from '../process/guard.ts';
import type { Held } from '../process/thread-lines.ts';
import type { Clock } from '../process/timers.ts';
import { INFO, LEVELS, REPORT } from '../record/record.ts';
import { DAY_MS } from '../record/retention.ts';
import { retime } from '../record/retime.ts';
import {
  type BlockRange,
  bytesIn,
  bytesOf,
  IMPORTANCE,
  type Importance,
  type LineInBytes,
  linesIn,
} from '../senders/block.ts';
import { withoutCredential } from '../senders/no-credential.ts';
import { mayBeStored, type Outcome } from '../senders/outcome.ts';
import { IN_FLIGHT_SHARE, MAX_BATCH_BYTES } from '../senders/request-rule.ts';
import type { ConnectionReport, Sender, SenderHost, SenderSettings } from '../senders/sender.ts';
import { portableSender } from '../senders/sender-for.ts';
import { CurrentSender } from './current-sender.ts';
import { DeliveryWarnings } from './delivery-warnings.ts';
import { type DropCounts, type DropReason, Drops } from './drops.ts';
import { Flushes } from './flushes.ts';
import { Queue } from './queue.ts';
import { ReadBack } from './read-back.ts';
import { ReplayBuffer } from './replay-buffer.ts';
import { RetryTimer } from './retry-timer.ts';
import { Spool, type SpoolSettings } from './spool.ts';
import type { FlushResult, TransportStats } from './stats.ts';

export interface DeliverySettings extends SenderSettings, SpoolSettings {
  readonly durable: boolean;
  /** Index into LEVELS; `LEVELS.length` ships nothing. */
  readonly levelThreshold: number;
}

/** What comes from outside, so that tests can bring their own. */
export interface DeliveryEffects {
  readonly clock: Clock;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly makeSender: (host: SenderHost) => Sender;
  /** Called when the sender was replaced by one that needs the event loop. */
  readonly loopIsNeeded: () => void;
  readonly shipperId: string;
  /** Called with the numbers of lines that were given up, and of those reported before, once the server takes lines again. */
  readonly report: (dropped: DropCounts, reported: DropCounts) => void;
}

/** Only after one of these is a line given up. */
type Unacceptable = Extract<Outcome, { readonly kind: 'unacceptable' }>;

/** The times of lines that waited longer are checked: the server drops a line whose time is too old, and still acknowledges it. */
const LONG_WAIT_MS = 30 * 60_000;

/** An exit or a close that cuts a wait short retries as after so many failures: some 400 ms after each one that follows. */
const FAILURES_AT_EXIT = 3;

export class Delivery implements SenderHost {
  readonly spool: Spool | undefined;
  /** Undefined without a spool. */
  readonly readBack: ReadBack | undefined;
  readonly retry: RetryTimer;
  readonly current: CurrentSender;
  readonly take: SenderHost['take'];
  readonly #settings: DeliverySettings;
  #authorization: string | undefined;
  readonly #effects: DeliveryEffects;
  readonly #clock: Clock;
  readonly #queue: Queue;
  readonly #replay: ReplayBuffer | undefined;
  readonly #flushes: Flushes;
  readonly #drops = new Drops();
  /** Made for the first warning. */
  #warnings: DeliveryWarnings | undefined;
  readonly #counts = { written: 0, delivered: 0, resent: 0 };
  /** The mark of the queue after the record that reports drops. Infinite until that is in the queue. */
  #reportEnd = 0;
  #isClosed = false;

  constructor(settings: DeliverySettings, effects: DeliveryEffects) {
    this.#settings = settings;
    this.#effects = effects;
    this.#clock = effects.clock;
    this.retry = new RetryTimer(settings.maxQueueBytes, this.#clock, effects.random, () => {
      this.#endBackoff();
      this.current.replaceIfGone();
      this.current.sender.pump(this.#clock.steady());
    });
    this.#queue = new Queue(settings.maxQueueBytes, this.#clock.wall, (importance, tag) => {
      // A copy is counted as that: the server may have lost this line after it acknowledged it.
      if (tag !== 0 && this.spool?.leave(tag) === true) return;
      this.#hadNoRoom(importance === IMPORTANCE.copy ? 'copy' : 'queue_full', 1);
      if (importance === IMPORTANCE.report) this.#drops.ended(false);
    });
    this.take = this.#queue.take.bind(this.#queue);
    if (settings.durable) this.#replay = new ReplayBuffer(settings.maxQueueBytes / 2);
    if (settings.spoolDir !== '' && settings.levelThreshold < LEVELS.length) {
      this.spool = new Spool(settings, effects.shipperId, (reason) =>
        this.#warn((warnings) => warnings.spoolFailed(settings.spoolDir, reason)),
      );
    }
    this.current = new CurrentSender(() => this.#makeSender(), this.#clock);
    const parts = {
      host: this,
      settings,
      queue: this.#queue,
      drops: this.#drops,
      current: this.current,
      retry: this.retry,
      clock: this.#clock,
      endBackoff: () => this.#endBackoff(FAILURES_AT_EXIT),
    };
    this.#flushes = new Flushes(parts);
    if (this.spool !== undefined) this.readBack = new ReadBack({ ...parts, spool: this.spool });
  }

  get stats(): TransportStats {
    return {
      ...this.#counts,
      queued: this.#queue.lines,
      unsent: this.held.unsent,
      queuedBytes: this.#queue.bytes,
      dropped: this.#drops.counts,
      spooled: this.spool?.left ?? 0,
      lastFailure: this.#warnings?.lastFailure,
    };
  }

  /** True when this transport's lines reach the server only through the event loop. */
  get needsLoop(): boolean {
    return this.current.sender.withoutLoop === undefined;
  }

  /** Whether nothing is lost if a flush comes later: the kernel has all lines or, if time is kept for it, there is room for them. */
  canFlushLater(isTimeKept: boolean): boolean {
    if (isTimeKept && this.#queue.bytes < MAX_BATCH_BYTES) return true;
    return this.untaken === 0;
  }

  /** Its numbers only. */
  get queue(): Pick<Queue, 'lines' | 'unsent'> {
    return this.#queue;
  }

  /** Lines that the kernel has not taken, or may not have. */
  get untaken(): number {
    return this.needsLoop ? this.#queue.lines : this.#flushes.untaken;
  }

  /** Lines that are lost if the process ends now. Those that the spool holds too are not; it may have had no room for all. */
  get held(): Held {
    const lines = this.#queue.lines - (this.spool?.inMemory ?? 0);
    return { lines, unsent: Math.min(lines, this.#flushes.unsent) };
  }

  /** True from a failure that is not retried at once until the server takes lines, unless there is a spool. Asked for each line. */
  get mayLose(): boolean {
    return !this.spool && this.retry.state.isUnproven;
  }

  append(line: string | LineInBytes, level: number): void {
    if (this.#isClosed) {
      this.drop('closed');
      this.#warn((warnings) => warnings.closed());
      return;
    }
    this.#queue.append(line, importanceOf(level), this.spool?.write(line.toString()));
    if (level === REPORT) this.#reportEnd = this.#queue.mark();
    this.#counts.written++;
    try {
      if (this.current.isGone) {
        this.current.replaceLater();
        return;
      }
      const now = this.#clock.steady();
      // In a blocked event loop the alarm does not ring.
      if (now >= this.retry.state.retryAt && this.retry.state.backsOff) this.#endBackoff();
      this.current.sender.pump(now);
    } catch {
      // The stack is full, and what the sender was about to do is unknown.
      this.current.replaceLater();
    }
  }

  /** Counts a record that could not be made into a line, or came too late. */
  drop(reason: DropReason): void {
    this.#counts.written++;
    this.#drops.add(reason, 1);
  }

  ready(timeoutMs: number): Promise<void> {
    return this.current.sender.ready(timeoutMs);
  }

  flush(...how: Parameters<Flushes['flush']>): Promise<FlushResult> {
    return this.#flushes.flush(...how);
  }

  flushSync(timeoutMs: number, isOnce?: boolean): FlushResult {
    return this.#flushes.flushSync(timeoutMs, isOnce);
  }

  /** @param isReported Whether the caller reports what is left. */
  async close(timeoutMs: number, isReported?: boolean): Promise<FlushResult> {
    const result = await this.#flushes.flushLast(timeoutMs);
    this.#isClosed = true;
    // First: from here on, the main thread does not count what this one holds.
    this.endSpool();
    if (!isReported) this.reportLoss();
    this.current.sender.close();
    this.retry.stop();
    this.readBack?.stop();
    return result;
  }

  /** Leaves in the spool only what the next process has to deliver. */
  endSpool(): void {
    this.spool?.close();
  }

  /** Warns at the end of the process, or of this transport, about what is not acknowledged. */
  reportLoss(inThreads?: Held): void {
    const { held } = this;
    // Dropped lines that no record has reported to the server.
    const { unreported } = this.#drops;
    if (held.lines || unreported || inThreads?.lines)
      this.#warn((warnings) => warnings.leftAtEnd(held, unreported, inThreads, this.#isClosed));
  }

  get lines(): number {
    const { backsOff, isHalfOpen } = this.retry.state;
    if (backsOff || (isHalfOpen && this.#queue.inFlight > 0)) return 0;
    const isFull = this.#queue.inFlightBytes > this.#settings.maxQueueBytes * IN_FLIGHT_SHARE;
    return isFull ? 0 : this.#queue.unsent;
  }

  settle(ranges: readonly BlockRange[], outcome: Outcome): void {
    const lines = linesIn(ranges);
    const sent = { lines, bytes: bytesIn(ranges), isLast: lines === this.#queue.lines };
    // The sender has the credentials of the moment when it was made.
    if (
      outcome.kind === 'refused' &&
      this.#settings.headers.Authorization !== this.#authorization
    ) {
      this.current.replaceLater();
      const reason = 'new credentials';
      this.settle(ranges, { kind: 'retryable', reason, isAnswer: true });
      return;
    }
    const decision = this.retry.decide(sent, outcome);
    if (decision.failure !== undefined)
      this.#warn((warnings) => warnings.failed(decision, this.#clock.steady()));
    if (outcome.kind === 'delivered') {
      this.#acknowledge(ranges);
      const { clockAheadMs } = outcome;
      if (clockAheadMs !== undefined) this.#warn((warnings) => warnings.clockAhead(clockAheadMs));
    } else if (decision.lines === 'drop') this.#giveUp(ranges, outcome as Unacceptable);
    else if (decision.lines === 'give back') this.#giveBack(ranges, outcome);
    if (outcome.kind === 'retryable' && outcome.contactLost) this.#replayEndangered();
    this.#flushes.settled();
  }

  connection(is: ConnectionReport, reason: string): void {
    if (is === 'made') {
      this.retry.isUnreachable = false;
      this.#mention((warnings) => warnings.connected(reason));
      this.readBack?.soon();
    } else if (is === 'lost') {
      this.#mention((warnings) => warnings.lost(reason));
      this.#replayEndangered();
    } else if (is === 'unsupported') {
      this.current.replace(() => portableSender(this.#settings, this, reason));
      this.#effects.loopIsNeeded();
    } else {
      this.settle([], { kind: 'retryable', reason, contactLost: true, unreachable: true });
      // Attempts that were not answered for only a moment may have been dropped on the way.
      const failingMs = this.#clock.steady() - this.retry.state.failingSince;
      if (is === 'timed out' && failingMs < this.#settings.exitTimeoutMs)
        this.retry.isUnreachable = false;
    }
  }

  #makeSender(): Sender {
    const { headers } = this.#settings;
    this.#queue.takeBack();
    try {
      this.#authorization = headers.Authorization;
    } catch {
      return withoutCredential(headers, this, () => this.current.replace());
    }
    return this.#effects.makeSender(this);
  }

  #endBackoff(failures?: number): void {
    this.retry.end(failures);
    const nowMs = this.#clock.wall();
    const window = { nowMs, retentionMs: this.#settings.retentionMs ?? DAY_MS, retimed: 0 };
    this.#queue.rewriteOlderThan(nowMs - LONG_WAIT_MS, (line) => retime(line, window));
  }

  #acknowledge(ranges: readonly BlockRange[]): void {
    if (ranges.length === 0 && this.retry.state.linesFail) return;
    const now = this.#clock.steady();
    for (const range of ranges) {
      this.#replay?.keep(bytesOf(range), now);
      this.#counts.delivered += range.to - range.from;
      this.#end(range);
    }
    this.#ended(true);
    this.#flushes.vainMs = 0;
    this.#mention((warnings) => warnings.delivered());
    // The server takes lines, so there will be room for what only the spool holds.
    if (this.spool?.hasUnread) this.readBack?.soon();
    // In a full queue, lines would be dropped to make room for the report.
    const report = this.#queue.isHalfFull || this.#isClosed ? undefined : this.#drops.nextReport();
    if (!report) return;
    this.#reportEnd = Number.POSITIVE_INFINITY;
    this.#effects.report(...report);
  }

  /** Called when lines were settled, among which may be the record that reports drops. */
  #ended(isDelivered: boolean): void {
    if (this.#queue.settledThrough >= this.#reportEnd) this.#drops.ended(isDelivered);
  }

  #giveUp(ranges: readonly BlockRange[], outcome: Unacceptable): void {
    this.#mention((warnings) => warnings.givenUp(outcome.reason));
    for (const range of ranges) {
      this.#drops.add(outcome.drop, range.to - range.from);
      this.#end(range);
    }
    this.#ended(false);
  }

  #giveBack(ranges: readonly BlockRange[], outcome: Outcome): void {
    let sent = mayBeStored(linesIn(ranges), outcome);
    for (const range of ranges) {
      const lines = range.to - range.from;
      this.#counts.resent += lines;
      this.#queue.giveBack(range, Math.min(lines, sent));
      sent = Math.max(0, sent - lines);
    }
  }

  #end(range: BlockRange): void {
    if (this.spool !== undefined) {
      for (let at = range.from; at < range.to; at++) this.spool.settle(range.block.tagOf(at));
    }
    this.#queue.settle(range);
  }

  #hadNoRoom(reason: DropReason, lines: number): void {
    if (lines === 0) return;
    this.#drops.add(reason, lines);
    this.#warn((warnings) => warnings.noRoom(this.#settings.maxQueueBytes));
  }

  /** The server may have lost what it acknowledged last. */
  #replayEndangered(): void {
    const append = (line: string): void =>
      this.#queue.append(line, IMPORTANCE.copy, this.spool?.write(line));
    this.#hadNoRoom('copy', this.#replay?.replay(this.#clock.steady(), this.#counts, append) ?? 0);
  }

  /** The texts of warnings are in a lazy file, which may have been removed. */
  #warn(say: (warnings: DeliveryWarnings) => void): void {
    attempt(() => {
      this.#warnings ??= new DeliveryWarnings(this.#settings.endpoint.displayUrl);
      say(this.#warnings);
    });
  }

  /** For what only the debug output shows, and for the end of an outage. */
  #mention(say: (warnings: DeliveryWarnings) => void): void {
    if (this.#warnings !== undefined || isDebugging()) this.#warn(say);
  }
}

function importanceOf(level: number): Importance {
  if (level === REPORT) return IMPORTANCE.report;
  return level > INFO ? IMPORTANCE.important : IMPORTANCE.ordinary;
}
