/** Keeps lines until the server has them: chooses the sender, holds back after failures, tells flushes when they are done. */

import { afterThisRun, type Timers, wallClock } from '../process/timers.ts';
import { warn } from '../process/warn.ts';
import { LEVELS } from '../record/record.ts';
import { type Outcome, waitBeforeRetry } from '../senders/outcome.ts';
import { sendInThread, type ThreadLimits } from '../senders/send-in-thread.ts';
import type { Sender, SenderHost, SenderSettings } from '../senders/sender.ts';
import { bytesOf, type Span, sizeOf } from '../senders/span.ts';
import { UndiciSender } from '../senders/undici-sender.ts';
import { WriteThroughSender } from '../senders/write-through/write-through.ts';
import { Queue } from './queue.ts';
import { ReplayBuffer } from './replay-buffer.ts';
import { Spool, type SpoolSettings } from './spool.ts';
import type { FlushResult, TransportStats } from './stats.ts';

/** The settings that a delivery looks at. */
export interface DeliverySettings extends SenderSettings, SpoolSettings {
  readonly durable: boolean;
  /** Index into LEVELS; `LEVELS.length` ships nothing. */
  readonly levelThreshold: number;
}

/** What comes from outside, so that tests bring their own. */
export interface DeliveryEffects {
  /** A clock that is never set back. */
  readonly now: () => number;
  readonly random: () => number;
  readonly timers: Timers;
  /** Makes the sender for the endpoint. */
  readonly makeSender: (host: SenderHost, portable: () => void) => Sender;
  readonly debug: (message: string) => void;
  /** Random, one per transport. */
  readonly shipperId: string;
  /** Told when lines that were given up can be reported because the server is there again. */
  readonly report: (dropped: Readonly<Record<string, number>>) => void;
}

/** Why records are given up. */
export type DropReason = 'queue_full' | 'too_large' | 'rejected' | 'closed' | 'torn' | 'nested';

/** So much of the queue may be in flight; the rest stays where room can be made. */
const IN_FLIGHT_SHARE = 0.75;
/** So much of the queue may be in one request: only its end brings an answer, and the answer room. */
const REQUEST_SHARE = 0.25;
/** So often a single record is refused, with waits between, before it is given up. */
const REJECTED_IN_A_ROW = 5;
/** After this time without any success people are told. */
const TROUBLE_AFTER_MS = 5_000;
/** Longest wait at exit for a server that is known to be down: for its answer, or for a new connection to it. */
const LAST_TRY_MS = 500;
/** Attempts of an exiting process that a failure may end. */
const MOST_LAST_TRIES = 2;
/** How long a flush waits after one that ended unanswered, until an answer comes. */
const SHORT_FLUSH_MS = 10;
/** What comes back from the spool or is sent a second time is not the first to go when room is needed. */
const KEPT_LEVEL = LEVELS.indexOf('WARN');
const READ_BACK_PAUSE_MS = 2;
const WORKER_BODY_BYTES = 8 * 1024 * 1024;

interface Waiter {
  readonly mark: number;
  readonly done: (complete: boolean) => void;
}

/** Owns the queue and the sender of one transport. */
export class Delivery implements SenderHost {
  largestRequestBytes: number;
  /** Files of the spool that were read back. */
  filesReadBack = 0;
  readonly #settings: DeliverySettings;
  readonly #effects: DeliveryEffects;
  readonly #queue: Queue;
  readonly #replay: ReplayBuffer | undefined;
  readonly #spool: Spool | undefined;
  #readBackTimer: NodeJS.Timeout | undefined;
  #sender: Sender;
  /** True when it was closed, or left in the middle of something. */
  #isSenderGone = false;
  #held = false;
  /** True from a wait on until the server takes a request. */
  #hasWaited = false;
  #heldUntil = 0;
  #heldTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  #failingSince = 0;
  #lastReason = '';
  #rejectedInARow = 0;
  #refused = false;
  /** True between a failed attempt to connect and the next one that did not fail. */
  #unreachable = false;
  /** True from a connection after such a time on, until something fails again. */
  #isBack = false;
  #inFlightBytes = 0;
  #flushedInVain = false;
  #closed = false;
  #waiters: Waiter[] = [];
  #written = 0;
  #delivered = 0;
  #resent = 0;
  readonly #dropped: Record<string, number> = {};
  #unreported: Record<string, number> = {};

  constructor(settings: DeliverySettings, effects: DeliveryEffects) {
    this.#settings = settings;
    this.#effects = effects;
    this.largestRequestBytes = settings.maxQueueBytes * REQUEST_SHARE;
    this.#queue = new Queue(settings.maxQueueBytes, (_level, tag) => {
      if (this.#spool?.leave(tag) !== true) this.#drop('queue_full', 1);
    });
    if (settings.durable) this.#replay = new ReplayBuffer(settings.maxQueueBytes / 2);
    if (settings.spoolDir !== '' && settings.levelThreshold < LEVELS.length)
      this.#spool = this.#openSpool();
    this.#sender = this.#makeSender();
  }

  get stats(): TransportStats {
    return {
      written: this.#written,
      delivered: this.#delivered,
      queued: this.#queue.records,
      queuedBytes: this.#queue.bytes,
      dropped: { ...this.#dropped },
      resent: this.#resent,
      spooled: this.#spool?.left ?? 0,
    };
  }

  /** True when this transport's lines reach the server only through the event loop. */
  get needsLoop(): boolean {
    return this.#sender.needsLoop;
  }

  /** Takes one encoded line. */
  append(line: string, level: number): void {
    if (this.#closed) {
      this.drop('closed');
      return;
    }
    this.#queue.append(line, level, this.#spool?.write(line));
    this.#written++;
    try {
      this.#pump();
    } catch {
      // The stack is at its end, and nobody knows what the sender was about to do.
      this.#isSenderGone = true;
    }
  }

  #pump(): void {
    if (this.#isSenderGone) {
      afterThisRun(() => this.#replaceGoneSender());
      return;
    }
    const now = this.#effects.now();
    // With a blocked event loop the timer does not come.
    if (this.#held && now >= this.#heldUntil) this.#release();
    this.#sender.pump(now);
  }

  #replaceGoneSender(): void {
    if (this.#isSenderGone) this.#renewSender();
  }

  /** What was under way goes again, through a new sender. */
  #renewSender(): void {
    this.#isSenderGone = false;
    this.#sender.close();
    this.#sender = this.#makeSender();
    this.#sender.pump(this.#effects.now());
  }

  #makeSender(): Sender {
    return this.#effects.makeSender(this, () => this.#goPortable());
  }

  /** Counts a record that could not even be made into a line. */
  drop(reason: DropReason): void {
    this.#written++;
    this.#drop(reason, 1);
  }

  ready(timeoutMs: number): Promise<void> {
    return this.#sender.ready(timeoutMs);
  }

  async flush(timeoutMs: number): Promise<FlushResult> {
    this.#replaceGoneSender();
    const mark = this.#queue.mark();
    const now = this.#effects.now();
    this.#sender.pump(now);
    this.#sender.finish();
    const wait = this.#flushedInVain ? Math.min(timeoutMs, SHORT_FLUSH_MS) : timeoutMs;
    const hopeless = this.#held && this.#heldUntil > now + wait;
    const complete =
      this.#queue.isSettledThrough(mark) || (!hopeless && (await this.#settledWithin(mark, wait)));
    this.#flushedInVain = !complete;
    return { complete, pending: this.#queue.records };
  }

  flushSync(timeoutMs: number): FlushResult {
    this.#replaceGoneSender();
    const start = this.#effects.now();
    let patienceMs = timeoutMs;
    let delivered = this.#delivered;
    let quietSince = start;
    let isRenewed = false;
    for (let tries = 0; this.#queue.records > 0; ) {
      const now = this.#effects.now();
      if (!isRenewed) {
        const isDown = this.#failures > 0 && !this.#isBack;
        patienceMs = isDown ? Math.min(timeoutMs, LAST_TRY_MS) : timeoutMs;
      }
      if (now >= start + patienceMs) break;
      if (this.#delivered !== delivered) {
        delivered = this.#delivered;
        quietSince = now;
      }
      // The connections may be dead without a sign, as behind a process that was frozen: the rest of the time is for new ones.
      if (!isRenewed && this.#queue.inFlight > 0 && now >= quietSince + patienceMs / 2) {
        isRenewed = true;
        this.#renewSender();
        this.#release();
      }
      if (this.#held) {
        if (++tries > MOST_LAST_TRIES) break;
        this.#release();
      }
      const moved = this.#sender.pumpSync(now);
      if (moved === undefined) {
        const leftMs = start + timeoutMs - now;
        this.#sendInThread({ connectMs: Math.min(leftMs, patienceMs), timeoutMs: leftMs });
        break;
      }
      if (!moved) pause(1);
    }
    return { complete: this.#queue.records === 0, pending: this.#queue.records };
  }

  async close(timeoutMs: number): Promise<FlushResult> {
    const result = await this.flush(timeoutMs);
    this.#closed = true;
    this.#effects.timers.stop(this.#heldTimer);
    this.#sender.close();
    this.endSpool();
    return result;
  }

  /** Leaves in the spool what the next process has to deliver, and nothing else. */
  endSpool(): void {
    this.#effects.timers.stop(this.#readBackTimer);
    this.#spool?.close();
  }

  /** Says once, on the way out, what could not be delivered. */
  reportLoss(): void {
    const { records } = this.#queue;
    if (records === 0) return;
    if (this.#spool !== undefined) return;
    const reason = this.#lastReason === '' ? 'the time was up' : this.#lastReason;
    this.#tellTrouble(`${records} log records could not be delivered`, reason);
  }

  available(): number {
    if (this.#held || this.#inFlightBytes > this.#settings.maxQueueBytes * IN_FLIGHT_SHARE)
      return 0;
    if (this.onTrial() && this.#queue.inFlight > 0) return 0;
    return this.#queue.unsent;
  }

  onTrial(): boolean {
    // Refusals of single records on all connections at once would count as many in a row.
    return this.#hasWaited || this.#rejectedInARow > 0;
  }

  held(): boolean {
    return this.#held;
  }

  take(maxBytes: number): Span | undefined {
    const span = this.#queue.take(maxBytes, Number.POSITIVE_INFINITY);
    if (span !== undefined) this.#inFlightBytes += sizeOf(span);
    return span;
  }

  settle(spans: readonly Span[], outcome: Outcome): void {
    if (outcome.kind === 'delivered') this.#acknowledge(spans);
    else if (outcome.kind === 'unacceptable') this.#split(spans, outcome);
    else this.#retry(spans, outcome);
    if (this.#waiters.length > 0) this.#tellWaiters();
  }

  reachable(): void {
    this.#isBack = this.#isBack || this.#unreachable;
    this.#unreachable = false;
    this.#effects.debug(`connected to ${this.#settings.endpoint.displayUrl}`);
    this.#readBackSoon();
  }

  unreachable(reason: string): void {
    this.#unreachable = true;
    this.#fail({ kind: 'retryable', reason, contactLost: true }, false);
  }

  #acknowledge(spans: readonly Span[]): void {
    // That an empty request is taken says nothing about a line that is refused.
    if (spans.length === 0 && this.#rejectedInARow > 0) return;
    const now = this.#effects.now();
    for (const span of spans) {
      this.#replay?.keep(bytesOf(span), now);
      this.#delivered += span.to - span.from;
      this.#end(span);
    }
    this.#failures = 0;
    this.#hasWaited = false;
    this.#flushedInVain = false;
    this.#lastReason = '';
    if (spans.length > 0) {
      this.#rejectedInARow = 0;
      const most = this.#settings.maxQueueBytes * REQUEST_SHARE;
      this.largestRequestBytes = Math.min(most, this.largestRequestBytes * 2);
    }
    const unreported = this.#unreported;
    if (Object.keys(unreported).length > 0 && !this.#closed) {
      this.#unreported = {};
      this.#effects.report(unreported);
    }
  }

  /**
   * Halves what goes into one request, down to the single record. If that is refused again and again while nothing else
   * is accepted, it is given up; every fifth time only, after some ten seconds, since the fault may as well be the server's.
   */
  #split(spans: readonly Span[], outcome: Outcome & { kind: 'unacceptable' }): void {
    // Nor says the refusal of an empty one anything about lines.
    if (spans.length === 0) return;
    const records = spans.reduce((sum, { from, to }) => sum + to - from, 0);
    const bytes = spans.reduce((sum, span) => sum + sizeOf(span), 0);
    const only = records === 1 ? spans[0] : undefined;
    if (only === undefined && this.#rejectedInARow === 0) {
      // From the smaller of the two: what one line is added to may be larger than a request should be.
      const most = Math.min(this.largestRequestBytes, bytes);
      this.largestRequestBytes = Math.max(1, Math.floor(most / 2));
      this.#giveBack(spans);
    } else if (
      only !== undefined &&
      // Of those that were under way together one counts.
      !this.#held &&
      ++this.#rejectedInARow % REJECTED_IN_A_ROW === 0
    ) {
      this.#drop(outcome.drop, 1);
      this.#end(only);
    } else {
      this.#retry(spans, { kind: 'refused', reason: outcome.reason });
    }
  }

  #retry(spans: readonly Span[], outcome: Outcome & { kind: 'retryable' | 'refused' }): void {
    this.#giveBack(spans);
    // A connection that breaks is usually one that was idle for long: another one is tried at once.
    const atOnce = outcome.kind === 'retryable' && outcome.retryAfterMs === undefined;
    if (!this.#closed) this.#fail(outcome, atOnce);
  }

  #giveBack(spans: readonly Span[]): void {
    for (const span of spans) {
      this.#land(span);
      this.#resent += span.to - span.from;
      this.#queue.giveBack(span);
    }
  }

  #end(span: Span): void {
    this.#land(span);
    if (this.#spool !== undefined) {
      for (let at = span.from; at < span.to; at++) this.#spool.settle(span.slab.tags[at] as number);
    }
    this.#queue.settle(span);
  }

  #land(span: Span): void {
    this.#inFlightBytes -= sizeOf(span);
  }

  #fail(outcome: Outcome & { kind: 'retryable' | 'refused' }, firstAtOnce: boolean): void {
    const now = this.#effects.now();
    this.#isBack = false;
    // What was under way on other connections when the wait began fails for the same reason: that is no news.
    const isNews = !this.#held;
    if (isNews && this.#failures++ === 0) this.#failingSince = now;
    if (outcome.kind === 'retryable' && outcome.contactLost === true)
      this.#sendEndangeredAgain(now);
    this.#lastReason = outcome.reason;
    const wait = waitBeforeRetry(this.#failures, outcome, this.#effects.random());
    if (isNews)
      this.#effects.debug(
        `failure ${this.#failures}: ${outcome.reason}; next attempt in ${wait} ms`,
      );
    if (outcome.kind === 'refused') {
      this.#refused = true;
      warn(
        'DL_REFUSED',
        `${this.#settings.endpoint.displayUrl} refuses log records: ${outcome.reason}; they are held and tried again`,
      );
    } else if (now - this.#failingSince >= TROUBLE_AFTER_MS) {
      this.#tellTrouble('log records cannot be delivered at the moment', outcome.reason);
    }
    const isAsked = outcome.kind === 'retryable' && outcome.retryAfterMs !== undefined;
    if (!isNews && !(isAsked && now + wait > this.#heldUntil)) return;
    if (this.#failures > 1 || !firstAtOnce) this.#hold(now + wait);
  }

  #sendEndangeredAgain(now: number): void {
    const endangered = this.#replay?.takeEndangered(now) ?? [];
    this.#resent += endangered.length;
    this.#delivered -= endangered.length;
    for (const line of endangered) this.#queue.append(line, KEPT_LEVEL, this.#spool?.write(line));
  }

  #openSpool(): Spool {
    const { spoolDir } = this.#settings;
    return new Spool(this.#settings, this.#effects.shipperId, {
      failed: (reason) =>
        warn(
          'DL_SPOOL',
          `trouble with the spool ${spoolDir}: ${reason}; lines are held in memory alone`,
        ),
    });
  }

  /** Brings lines back from the spool, one file at a time, while there is room and the server takes them. */
  #readBackSoon(): void {
    if (this.#spool === undefined || this.#closed) return;
    this.#effects.timers.stop(this.#readBackTimer);
    this.#readBackTimer = this.#effects.timers.start(() => {
      if (this.readBack()) this.#readBackSoon();
    }, READ_BACK_PAUSE_MS);
    this.#readBackTimer.unref();
  }

  /** Reads one file of the spool back, of this process or of one that is gone; false when there is none. */
  readBack(): boolean {
    // Without room for it the file waits for the answers, and so does the caller.
    if (this.#queue.bytes > this.#settings.maxQueueBytes / 2) {
      this.#sender.finish();
      return true;
    }
    this.#spool?.adopt(wallClock());
    const back = this.#spool?.readBack(wallClock());
    if (back === undefined) return false;
    this.filesReadBack++;
    if (back.torn > 0) this.#drop('torn', back.torn);
    for (const { line, tag } of back.lines) this.#queue.append(line, KEPT_LEVEL, tag);
    this.#sender.pump(this.#effects.now());
    return true;
  }

  #tellTrouble(what: string, reason: string): void {
    // The refusal was the one warning; that everything is held because of it follows.
    if (this.#refused) return;
    warn('DL_UNDELIVERED', `${what} to ${this.#settings.endpoint.displayUrl} (${reason})`);
  }

  #hold(until: number): void {
    this.#held = true;
    this.#hasWaited = true;
    this.#heldUntil = until;
    this.#effects.timers.stop(this.#heldTimer);
    this.#heldTimer = this.#effects.timers.start(() => {
      this.#release();
      this.#sender.pump(this.#effects.now());
    }, until - this.#effects.now());
    this.#heldTimer.unref();
  }

  #release(): void {
    this.#held = false;
    this.#effects.timers.stop(this.#heldTimer);
  }

  #drop(reason: DropReason, records: number): void {
    this.#dropped[reason] = (this.#dropped[reason] ?? 0) + records;
    this.#unreported[reason] = (this.#unreported[reason] ?? 0) + records;
    if (reason === 'queue_full') {
      warn(
        'DL_DROPPED',
        `log records are dropped: ${this.#settings.maxQueueBytes} bytes (VICTORIALOGS_MAX_QUEUE_BYTES) are waiting to be delivered`,
      );
    }
  }

  #settledWithin(mark: number, timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      // Not unref'd: whoever awaits a flush needs the loop until it is done.
      const timer = this.#effects.timers.start(() => waiter.done(false), timeoutMs);
      const waiter: Waiter = {
        mark,
        done: (complete) => {
          this.#effects.timers.stop(timer);
          this.#waiters = this.#waiters.filter((other) => other !== waiter);
          resolve(complete);
        },
      };
      this.#waiters.push(waiter);
    });
  }

  #tellWaiters(): void {
    for (const { mark, done } of [...this.#waiters]) {
      if (this.#queue.isSettledThrough(mark)) done(true);
    }
    if (this.#waiters.length > 0) this.#sender.finish();
  }

  /** Leaves the write-through sender on a platform without descriptors. */
  #goPortable(): void {
    this.#effects.debug('no descriptors on this platform: sending through undici');
    this.#sender.close();
    this.#sender = new UndiciSender(this.#settings, this);
    this.#sender.pump(this.#effects.now());
  }

  #sendInThread(limits: ThreadLimits): void {
    this.#sender.close();
    // The process need not be at its end: pino flushes in this way after a fatal line.
    this.#isSenderGone = true;
    const spans: Span[] = [];
    for (let span = this.take(WORKER_BODY_BYTES); span; span = this.take(WORKER_BODY_BYTES)) {
      spans.push(span);
    }
    const bodies: Buffer[] = [];
    for (let from = 0, bytes = 0, to = 1; to <= spans.length; to++) {
      bytes += sizeOf(spans[to - 1] as Span);
      if (bytes < WORKER_BODY_BYTES && to < spans.length) continue;
      bodies.push(Buffer.concat(spans.slice(from, to).map(bytesOf)));
      from = to;
      bytes = 0;
    }
    const { endpoint, headers } = this.#settings;
    const failure = sendInThread(endpoint, headers, bodies, limits);
    this.settle(
      spans,
      failure === undefined ? { kind: 'delivered' } : { kind: 'retryable', reason: failure },
    );
  }
}

/** The sender that fits the endpoint and the platform. */
export function senderFor(
  settings: DeliverySettings,
  host: SenderHost,
  portable: () => void,
): Sender {
  return settings.endpoint.protocol === 'http:' && process.platform !== 'win32'
    ? new WriteThroughSender(settings, host, portable)
    : new UndiciSender(settings, host);
}

const lock = new Int32Array(new SharedArrayBuffer(4));

function pause(ms: number): void {
  Atomics.wait(lock, 0, 0, ms);
}
