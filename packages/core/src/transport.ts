/** The transport: what programs and integrations write records to. */
import { Delivery } from './delivery/delivery.ts';
import type { FlushResult, TransportStats } from './delivery/stats.ts';
import { createEncoder } from './encode/encode.ts';
import { boundedWait, type Settings, settingsOfProcess, type TransportOptions } from './options.ts';
import { flushAtExit } from './process/exit.ts';
import { oncePerThread } from './process/once-per-thread.ts';
import { activeSpanContext } from './process/span-context.ts';
import { afterThisRun, nodeClock, steadyClock, wallClock } from './process/timers.ts';
import { debug, tellDetails, warn } from './process/warn.ts';
import { LEVELS, type LogInput, type RecordContext } from './record/record.ts';
import { senderFor } from './senders/sender-for.ts';
import { showSettings, showStats } from './show-details.ts';

/**
 * Bounds one call of `flush`, `flushSync` or `close`. These are called where a program shuts down, so a bad time throws nothing:
 * one that is too long or below 0 is bounded, and what is no number (`NaN`) is told in a warning and counts as the default.
 */
export interface FlushOptions {
  /**
   * Longest wait, 0 to 600,000 milliseconds. Default: the setting `flushTimeoutMs`, for `close` and `flushSync`
   * `exitTimeoutMs`.
   */
  readonly timeoutMs?: number | undefined;
  /** Of `flush` and `flushSync`: bounds the wait whatever the setting is, in milliseconds. Default: no bound. */
  readonly atMostMs?: number | undefined;
}

export type { FlushResult, TransportStats } from './delivery/stats.ts';

/** Where records go. One per process; it never throws into the program, whatever happens. */
export interface Transport {
  /** False when the settings name no usable server or the level is OFF: then nothing is shipped. */
  readonly active: boolean;
  /** The setting of this name, for integrations. */
  readonly loggers: 'all' | 'printed';
  /** Takes one message. Returns at once; never throws. */
  write(input: LogInput): void;
  /** Resolves when everything written before is acknowledged, or when the time is up. Never rejects. */
  flush(options?: FlushOptions): Promise<FlushResult>;
  /** The same without the event loop, for `exit` listeners: blocks the thread for the given time at most. */
  flushSync(options?: FlushOptions): FlushResult;
  /** Flushes, then closes the connections; what is written later is dropped and counted. Repeated calls give the same promise. */
  close(options?: FlushOptions): Promise<FlushResult>;
  /** Resolves when lines can be sent at once, when the time is up, or when the server cannot be reached. */
  ready(timeoutMs: number): Promise<void>;
  /**
   * Sets what is asked, at every write, for the ids of the work in progress. One provider at a time; without one it is the
   * active OpenTelemetry span.
   */
  setContextProvider(provider: (() => RecordContext | undefined) | undefined): void;
  /** Counters since the start. */
  readonly stats: TransportStats;
}

/**
 * Makes a transport.
 * @throws TypeError for a bad option in code. A bad environment value gives one warning and falls back; with a bad
 * `VICTORIALOGS_URL` the transport is made inactive.
 */
export function createTransport(options: TransportOptions = {}): Transport {
  const { settings, sources } = settingsOfProcess(options);
  if (settings === undefined) return new InactiveTransport();
  if (settings.debug) {
    tellDetails();
    debug(`settings: ${showSettings(settings, sources)}`);
  }
  return new DeliveringTransport(settings);
}

/**
 * The transport of this thread, made with these options when it is asked for the first time; later options are not
 * looked at.
 * @throws TypeError for a bad option in code, when the transport is made.
 */
export function sharedTransport(options?: TransportOptions): Transport {
  return oncePerThread('transport', () => createTransport(options));
}

/** A value that logs whenever it is encoded would never come to an end. */
const MOST_WAITING = 100_000;
/** V8's message; a RangeError has others. */
const STACK_IS_FULL = 'Maximum call stack size exceeded';

/** Made from settings, through which all effects come in. */
class DeliveringTransport implements Transport {
  readonly active: boolean;
  readonly loggers: 'all' | 'printed';
  readonly #settings: Settings;
  readonly #delivery: Delivery;
  readonly #encode: (input: LogInput, emit: (line: string, level: number) => void) => void;
  readonly #emit: (line: string, level: number) => void;
  #context: () => RecordContext | undefined = activeSpanContext;
  #encoding = false;
  /** What was logged while something was encoded, or could not be encoded where it was logged. */
  #waiting: LogInput[] = [];
  /** How many of these are encoded already. */
  #done = 0;
  #forget: () => void = () => {};
  /** All that is logged from `exit` on shares the one delay that the process may suffer. */
  #exitDeadline: number | undefined;
  #closing: Promise<FlushResult> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.active = settings.levelThreshold < LEVELS.length;
    this.loggers = settings.loggers;
    const shipperId = randomId();
    this.#delivery = new Delivery(settings, {
      shipperId,
      clock: nodeClock,
      random: Math.random,
      makeSender: (host, portable) => {
        const takeOver = (reason: string): void => {
          portable(reason);
          // It needs the event loop, so more has to be done at the end.
          this.#flushAtExit();
        };
        return senderFor(settings, host, takeOver);
      },
      report: (dropped) => this.#reportDropped(dropped),
    });
    this.#encode = createEncoder(
      { ...settings, shipperId },
      { now: wallClock, context: () => this.#context() },
    );
    this.#emit = (line, level) => this.#delivery.append(line, level);
    if (this.active) this.#flushAtExit();
  }

  #flushAtExit(): void {
    this.#forget();
    this.#forget = flushAtExit({
      needsLoop: () => this.#delivery.needsLoop,
      flush: (timeoutMs) => this.flush({ timeoutMs }),
      exitTimeoutMs: this.#settings.exitTimeoutMs,
      flushSync: (timeoutMs) => this.flushSync({ timeoutMs }),
      exiting: (timeoutMs) => {
        this.#exitDeadline = steadyClock() + timeoutMs;
      },
      reportLoss: () => this.#delivery.reportLoss(),
      endSpool: () => {
        this.#delivery.endSpool();
        if (this.#settings.debug) debug(`at the end: ${showStats(this.stats)}`);
      },
      pending: () => this.stats.queued,
    });
  }

  get stats(): TransportStats {
    return this.#delivery.stats;
  }

  write(input: LogInput): void {
    // A value's toJSON may log, and so does the report of what was dropped: their turn comes behind this one.
    if (this.#encoding || this.#waiting.length > 0) {
      if (this.#waiting.length < MOST_WAITING) this.#waiting.push(input);
      else this.#delivery.drop('nested');
      this.#writeWaiting();
      return;
    }
    let isDone = false;
    this.#encoding = true;
    try {
      this.#writeOne(input);
      isDone = true;
    } catch {
      // The stack is at its end, in a function that calls itself without end, and nothing more can be called here.
    }
    this.#encoding = false;
    if (!isDone) this.#waiting[this.#waiting.length] = input;
    if (this.#waiting.length > 0) this.#writeWaitingLater();
  }

  /** What waits has its turn at once, or after this run where the stack is at its end. */
  #writeWaitingLater(): void {
    try {
      afterThisRun(() => this.#writeWaiting());
      this.#writeWaiting();
    } catch {
      // It has its turn with the next line, or with a flush.
    }
  }

  #writeWaiting(): void {
    if (this.#encoding || this.#waiting.length === 0) return;
    this.#encoding = true;
    try {
      // Grows while it is gone through.
      for (; this.#done < this.#waiting.length; this.#done++) {
        this.#writeOne(this.#waiting[this.#done] as LogInput);
      }
      this.#waiting = [];
      this.#done = 0;
    } catch {
      // The stack is at its end again.
    }
    this.#encoding = false;
  }

  #writeOne(input: LogInput): void {
    try {
      this.#encode(input, this.#emit);
      if (this.#exitDeadline !== undefined) this.#flushWhileExiting(this.#exitDeadline);
    } catch (error) {
      if ((error as Error)?.message === STACK_IS_FULL) throw error;
      warn('DL_RECORD_FAILED', `a record could not be made: ${String(error)}`);
    }
  }

  flush(options?: FlushOptions): Promise<FlushResult> {
    this.#writeWaiting();
    return this.#delivery.flush(waitOf(options, this.#settings.flushTimeoutMs));
  }

  flushSync(options?: FlushOptions): FlushResult {
    this.#writeWaiting();
    return this.#delivery.flushSync(waitOf(options, this.#settings.exitTimeoutMs));
  }

  close(options?: FlushOptions): Promise<FlushResult> {
    this.#writeWaiting();
    const timeoutMs = waitOf({ timeoutMs: options?.timeoutMs }, this.#settings.exitTimeoutMs);
    this.#closing ??= this.#delivery.close(timeoutMs).finally(() => this.#forget());
    return this.#closing;
  }

  ready(timeoutMs: number): Promise<void> {
    const waitMs = boundedWait('timeoutMs', timeoutMs, 0);
    return this.active ? this.#delivery.ready(waitMs) : Promise.resolve();
  }

  setContextProvider(provider: (() => RecordContext | undefined) | undefined): void {
    this.#context = provider ?? activeSpanContext;
  }

  #flushWhileExiting(deadline: number): void {
    this.flushSync({ timeoutMs: Math.max(0, deadline - steadyClock()) });
    // What was lost before has been reported; this line may be the last.
    this.#delivery.reportLoss();
  }

  #reportDropped(dropped: Readonly<Record<string, number>>): void {
    const records = Object.values(dropped).reduce((sum, count) => sum + count, 0);
    this.write({
      text: `${records} log records of this process were dropped`,
      level: 'WARN',
      logger: 'direct-logging',
      fields: { dropped },
    });
  }
}

function waitOf(options: FlushOptions | undefined, settingMs: number): number {
  const timeoutMs = boundedWait('timeoutMs', options?.timeoutMs, settingMs);
  return Math.min(timeoutMs, boundedWait('atMostMs', options?.atMostMs, timeoutMs));
}

/** Stands where no server is named: takes everything, ships nothing. */
class InactiveTransport implements Transport {
  readonly active = false;
  readonly loggers = 'all';
  #dropped = 0;

  get stats(): TransportStats {
    const dropped: Record<string, number> = this.#dropped > 0 ? { inactive: this.#dropped } : {};
    return {
      written: this.#dropped,
      delivered: 0,
      queued: 0,
      queuedBytes: 0,
      dropped,
      resent: 0,
      spooled: 0,
    };
  }

  write(): void {
    this.#dropped++;
  }

  async flush(): Promise<FlushResult> {
    return this.flushSync();
  }

  flushSync(): FlushResult {
    return { complete: true, pending: 0 };
  }

  async close(): Promise<FlushResult> {
    return this.flushSync();
  }

  async ready(): Promise<void> {}

  setContextProvider(): void {}
}

/** 13 random characters: it only has to differ between processes, and node:crypto costs milliseconds at start. */
function randomId(): string {
  const random = () =>
    Math.floor(Math.random() * 36 ** 6)
      .toString(36)
      .padStart(6, '0');
  return `${(process.pid % 36).toString(36)}${random()}${random()}`;
}
