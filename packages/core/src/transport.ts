/** The transport: what programs and integrations write records to. */
import { Delivery } from './delivery/delivery.ts';
import { dropReport } from './delivery/drop-report.ts';
import { InactiveTransport } from './delivery/inactive-transport.ts';
import type { FlushResult, TransportStats } from './delivery/stats.ts';
import { createEncoder, type Encode } from './encode/encode.ts';
import { boundedWait, type Settings, settingsOfProcess } from './options.ts';
import { debug, enableDebug, ownCredentials } from './process/debug.ts';
import { type ExitTime, flushAtExit, otherThreads } from './process/exit.ts';
import { attempt } from './process/guard.ts';
import { isBesideAnotherForm, oncePerThread } from './process/once-per-thread.ts';
import { random, randomId } from './process/random.ts';
import { activeSpanContext, type OpenTelemetryApi } from './process/span-context.ts';
import { afterThisRun, nodeClock, steadyClock, wallClock } from './process/timers.ts';
import { warn } from './process/warn.ts';
import { isStackOverflow } from './record/is-error.ts';
import { LEVELS, type LogInput, type RecordContext } from './record/record.ts';
import { placeOf } from './senders/endpoint.ts';
import { senderFor } from './senders/sender-for.ts';
import { ownOptions } from './settings/own-options.ts';
import type { TransportOptions } from './settings/table.ts';
import { showSettings, showStats } from './show-details.ts';
import { withoutContent } from './without-content.ts';

/**
 * Limits one call of `flush`, `flushSync` or `close`. Programs call these while they shut down, so a bad time never throws. A
 * time that is too long or below 0 is clamped. A value that is not a number (`NaN`) gives a warning, and the default is used.
 */
export interface FlushOptions {
  /**
   * Longest wait, 0 to 600,000 milliseconds. Default: the setting `flushTimeoutMs`; for `close` and `flushSync`,
   * `exitTimeoutMs`.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * An upper limit in milliseconds, whatever the setting is: somebody else waits for this flush. So if its time is up, no later one waits
   * for long until the server answers, nor does the exit. Default: none.
   */
  readonly atMostMs?: number | undefined;
}

/** How a transport is closed. */
export interface CloseOptions extends FlushOptions {
  /** True when the caller reports what the result says is left: no warning does then. Default: false. */
  readonly isReported?: boolean | undefined;
}

export type { FlushResult, TransportStats } from './delivery/stats.ts';

/** Where records go. It never throws into the program, whatever happens. */
export interface Transport {
  /** False when the server URL, the tenant, the bearer token or the redaction rules are bad, or the level is OFF. Then nothing is shipped. */
  readonly active: boolean;
  /** The setting `loggers`, for integrations. */
  readonly loggers: 'all' | 'printed';
  /** The same for transports to the same server and tenant, whatever their credentials are. */
  readonly destination: string;
  /** Takes one message. Returns at once; never throws. */
  write(input: LogInput): void;
  /**
   * Resolves when all earlier records are acknowledged or dropped, or when more waiting is of no use. Never rejects. After a flush whose
   * time was up, one with the same limit or a shorter one returns within 10 ms until the server answers. Every five seconds, one waits as
   * usual.
   */
  flush(options?: FlushOptions): Promise<FlushResult>;
  /** The same without the event loop, for `exit` listeners. Blocks the thread for at most the given time. */
  flushSync(options?: FlushOptions): FlushResult;
  /**
   * Flushes, then closes the connections. A warning says what could not be delivered. Later records are dropped and counted, with a
   * warning. Repeated calls return the same promise.
   */
  close(options?: CloseOptions): Promise<FlushResult>;
  /**
   * Resolves when lines can be sent at once, when the time is up, or when the server cannot be reached. Never rejects.
   *
   * @param timeoutMs Longest wait, 0 to 600,000 milliseconds. Default: the setting `exitTimeoutMs`.
   */
  ready(timeoutMs?: number): Promise<void>;
  /**
   * Sets the function that every write asks for the ids of the current work. There is one provider at a time. Without one,
   * the active OpenTelemetry span gives the ids.
   */
  setContextProvider(provider: (() => RecordContext | undefined) | undefined): void;
  /**
   * The moment when this process may be stopped or frozen, in milliseconds since 1970. No flush waits beyond it, the one at the
   * process exit included. Undefined (the default): not known.
   */
  setDeadline(deadline: number | undefined): void;
  /**
   * Sets the function that is asked before each record whether to ship it, and the one that is told of each that is shipped: not of
   * those below the level, nor, without a spool, of those that come while deliveries fail and may be lost with the process. There is
   * one of each at a time. They must not throw.
   */
  setFilter(
    filter: ((input: LogInput) => boolean) | undefined,
    shipped?: (input: LogInput) => void,
  ): void;
  /** Counters since the start. */
  readonly stats: TransportStats;
}

/**
 * Makes a transport.
 * @throws TypeError for a bad option in code. A bad environment value gives a warning, and the default is used. With a bad server URL,
 * tenant, bearer token or redaction rule there, the transport is inactive.
 */
export function createTransport(options: TransportOptions = {}): Transport {
  return openTransport(options, process.env);
}

function openTransport(options: TransportOptions, env: NodeJS.ProcessEnv): Transport {
  const { settings, sources } = settingsOfProcess(options, env);
  if (settings === undefined) return new InactiveTransport();
  if (settings.debug) {
    enableDebug();
    debug(`settings: ${showSettings(settings, sources)}`);
  }
  return new DeliveringTransport(settings);
}

/**
 * The transport of this thread. The first call makes it with these options; later calls ignore theirs.
 * @param env Where settings are read from. Default: `process.env`.
 * @throws TypeError for a bad option in code, when the transport is made.
 */
export function sharedTransport(
  options: TransportOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): Transport {
  return oncePerThread('transport', () => {
    if (isBesideAnotherForm()) {
      const what = 'incompatible versions of direct-logging are loaded in one process';
      warn('DL_VERSIONS', `${what}: lines through both are shipped twice`);
    }
    return openTransport(options, env);
  });
}

/** A bound, because a value that logs whenever it is encoded would never end. */
const MAX_WAITING = 100_000;

/**
 * Where every 1.x version of `@opentelemetry/api` keeps its global state.
 * https://github.com/open-telemetry/opentelemetry-js/blob/main/api/src/internal/global-utils.ts
 */
const OPEN_TELEMETRY: unique symbol = Symbol.for('opentelemetry.js.api.1');
const ofActiveSpan = () =>
  activeSpanContext((globalThis as { [OPEN_TELEMETRY]?: OpenTelemetryApi })[OPEN_TELEMETRY]);

interface Waiting {
  readonly input: LogInput;
  /** False for what the provider of the ids has logged. */
  readonly getsIds: boolean;
}

class DeliveringTransport implements Transport {
  readonly active: boolean;
  readonly loggers: 'all' | 'printed';
  readonly #settings: Settings;
  readonly #delivery: Delivery;
  readonly #encode: Encode;
  readonly #emit: Parameters<Encode>[1];
  /** What the encoder asks for each record. */
  readonly #source = {
    now: wallClock,
    credentials: ownCredentials,
    context: (): RecordContext | undefined => {
      const provider = this.#provider ?? (OPEN_TELEMETRY in globalThis ? ofActiveSpan : null);
      if (provider === null || this.#isAsking) return undefined;
      this.#isAsking = true;
      try {
        return provider();
      } finally {
        this.#isAsking = false;
      }
    },
  };
  #provider: (() => RecordContext | undefined) | undefined;
  /** While the provider is asked for ids. What it logs gets none, or it would be asked, and log, again. */
  #isAsking = false;
  #filter: ((input: LogInput) => boolean) | undefined;
  #shipped: ((input: LogInput) => void) | undefined;
  #encoding = false;
  /** What was logged while another record was encoded, or while the stack was full. */
  #waiting: Waiting[] = [];
  /** How many of these are already encoded. */
  #done = 0;
  #forget: () => void = () => {};
  /** The time that the exit may still take, shared by all records that are written from `exit` on. */
  #exit: ExitTime | undefined;
  #closing: Promise<FlushResult> | undefined;
  #deadline = Number.POSITIVE_INFINITY;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.active = settings.levelThreshold < LEVELS.length;
    this.loggers = settings.loggers;
    const shipperId = randomId();
    this.#delivery = new Delivery(settings, {
      shipperId,
      clock: nodeClock,
      random,
      makeSender: (host) => senderFor(settings, host),
      // More has to be done at the end.
      loopIsNeeded: () => this.#flushAtExit(),
      report: (...counts) => attempt(() => this.write(dropReport(...counts))),
    });
    otherThreads.lines?.follow(this.#delivery);
    this.#encode = createEncoder({ ...settings, shipperId }, this.#source);
    this.#emit = this.#delivery.append.bind(this.#delivery);
    if (this.active) this.#flushAtExit();
  }

  #flushAtExit(): void {
    this.#forget();
    this.#forget = flushAtExit({
      needsLoop: () => this.#delivery.needsLoop,
      flush: (timeoutMs) => this.flush({ timeoutMs }),
      exitTimeoutMs: this.#settings.exitTimeoutMs,
      flushSync: (timeoutMs) => {
        this.#writeWaiting(true);
        return this.flushSync({ timeoutMs });
      },
      exiting: (time) => {
        this.#exit = time;
      },
      rest: () => {
        const { current } = this.#delivery;
        // The thread may never return to its event loop, which would do this.
        current.replaceIfGone();
        current.sender.rest?.();
      },
      end: (inThreads) => {
        attempt(() => this.#delivery.reportLoss(inThreads));
        this.#delivery.endSpool();
        if (this.#settings.debug) debug(`at the end: ${showStats(this.stats)}`);
      },
      pending: () => this.stats.queued,
    });
  }

  get destination(): string {
    return placeOf(this.#settings.endpoint, this.#settings.headers);
  }

  get stats(): TransportStats {
    return this.#delivery.stats;
  }

  write(input: LogInput): void {
    if (this.#filter?.(input) === false) return;
    // A value's toJSON can log, and the report of dropped records does. Those records come after this one.
    if (this.#encoding || this.#waiting.length > 0) {
      if (this.#waiting.length < MAX_WAITING)
        this.#waiting.push({ input, getsIds: !this.#isAsking });
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
      // The stack is full: a function calls itself without end. Nothing more can be called here.
    }
    this.#encoding = false;
    if (!isDone) this.#waiting[this.#waiting.length] = { input, getsIds: true };
    if (this.#waiting.length > 0) this.#writeWaitingLater();
  }

  /** Encodes what waits: at once, or after this run if the stack is full. */
  #writeWaitingLater(): void {
    try {
      afterThisRun(() => this.#writeWaiting(true));
      this.#writeWaiting();
    } catch {
      // The next line or flush encodes it.
    }
  }

  /** @param isEmpty Whether the stack is empty: a record that fills it even then never fits, and must not block those behind it. */
  #writeWaiting(isEmpty = false): void {
    if (this.#encoding || this.#waiting.length === 0) return;
    this.#encoding = true;
    try {
      // The list can grow during the loop.
      for (; this.#done < this.#waiting.length; this.#done++) {
        const { input, getsIds } = this.#waiting[this.#done] as Waiting;
        this.#isAsking = !getsIds;
        this.#writeOne(input, isEmpty);
        this.#isAsking = false;
      }
      this.#waiting = [];
      this.#done = 0;
    } catch {
      // The stack is full again.
      this.#isAsking = false;
    }
    this.#encoding = false;
  }

  #writeOne(input: LogInput, isEmpty = false): void {
    try {
      const isTaken = this.#encode(input, this.#emit);
      if (isTaken && !this.#delivery.mayLose) this.#shipped?.(input);
      if (this.#exit !== undefined) this.#flushWhileExiting(this.#exit);
    } catch (error) {
      if (isStackOverflow(error)) {
        if (!isEmpty) throw error;
        this.#writeOne(withoutContent(input));
        return;
      }
      warn('DL_RECORD_FAILED', `a record could not be made: ${attempt(() => `${error}`)}`);
    }
  }

  flush(options?: FlushOptions): Promise<FlushResult> {
    this.#writeWaiting();
    const waitMs = this.#waitOf(options, this.#settings.flushTimeoutMs);
    return this.#delivery.flush(waitMs, options?.atMostMs);
  }

  flushSync(options?: FlushOptions): FlushResult {
    this.#writeWaiting();
    return this.#delivery.flushSync(this.#waitOf(options, this.#settings.exitTimeoutMs));
  }

  close(options?: CloseOptions): Promise<FlushResult> {
    this.#writeWaiting();
    const timeoutMs = this.#waitOf(options, this.#settings.exitTimeoutMs);
    this.#closing ??= this.#delivery
      .close(timeoutMs, options?.isReported)
      .finally(() => this.#forget());
    return this.#closing;
  }

  async ready(timeoutMs?: number): Promise<void> {
    if (!this.active) return;
    // It may be that nobody awaits it. Why there is no connection is reported when lines are sent.
    await this.#delivery
      .ready(boundedWait('timeoutMs', timeoutMs, this.#settings.exitTimeoutMs))
      .catch(() => {});
  }

  setContextProvider(provider: (() => RecordContext | undefined) | undefined): void {
    this.#provider = provider;
  }

  setDeadline(deadline = Number.POSITIVE_INFINITY): void {
    this.#deadline = steadyClock() + deadline - wallClock();
  }

  #waitOf(options: FlushOptions | undefined, settingMs: number): number {
    // JavaScript may give a number or a callback, and nothing may be thrown at an end.
    const own: FlushOptions = typeof options === 'object' ? ownOptions(options ?? {}) : {};
    const timeoutMs = boundedWait('timeoutMs', own.timeoutMs, settingMs);
    const atMostMs = boundedWait('atMostMs', own.atMostMs, timeoutMs);
    const leftMs = Math.max(0, this.#deadline - steadyClock());
    // A deadline that is not a number limits nothing.
    return Math.min(timeoutMs, atMostMs, leftMs >= 0 ? leftMs : timeoutMs);
  }

  setFilter(
    filter: ((input: LogInput) => boolean) | undefined,
    shipped?: (input: LogInput) => void,
  ): void {
    this.#filter = filter;
    this.#shipped = shipped;
  }

  /** The kernel delivers what it has if a listener kills the process. The answer is waited for after the last listener. */
  #flushWhileExiting(time: ExitTime): void {
    if (!time.isLast && this.#delivery.canFlushLater(time.isKept)) time.needsFlush = true;
    else time.spend((timeoutMs) => this.flushSync({ timeoutMs }));
    if (time.isLast) this.#delivery.reportLoss();
  }
}
