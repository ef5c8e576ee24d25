/** The destination for `pino(options, destination)`: lines go to the transport, in the process that logs them. */
import {
  createTransport,
  type FlushOptions,
  type FlushResult,
  LEVELS,
  type Level,
  ownOptions,
  sharedLines,
  sharedTransport,
  type Transport,
  type TransportOptions,
  withoutEnd,
} from '@direct-logging/core';
import { inputFrom } from './from-line.ts';
import { factsOf, METADATA, type PinoLogger } from './logger-state.ts';

/** What pino writes to. */
export interface PinoDestination {
  /** Makes `pino(destination)` recognize it as a stream. */
  readonly writable: true;
  /** Takes one line. Returns at once; never throws. */
  write(line: string): void;
  /** Calls back when everything written before is acknowledged. Passes an Error if the time is up first. */
  flush(callback?: (error?: Error) => void): void;
  /**
   * The same without the event loop. pino calls it at `fatal`. Blocks for the setting `exitTimeoutMs` at most, and for 50 ms at
   * most if the last call could not deliver everything.
   */
  flushSync(): void;
  /** Flushes. The connections stay: other loggers may write to the same destination. */
  end(): void;
}

/** A server that answers at all mostly answers within this time. */
const SHORTLY_MS = 50;

/**
 * Makes a destination. Without options, it uses the transport that all parts of the process share.
 * @throws TypeError for a bad option.
 * @example
 * const logger = pino({ level: 'info' }, pinoDestination({ url: 'http://victorialogs:9428' }));
 */
export function pinoDestination(options?: TransportOptions): PinoDestination {
  return new Destination(new Sink(options));
}

/**
 * Where lines go: to the shared transport, or with any option to one of its own. What is shipped without code goes to the common
 * transport. If both lead to the same server and tenant, each line is shipped by one of them.
 */
export class Sink {
  readonly transport: Transport;
  readonly #shared = sharedLines();
  readonly #isOwn: boolean;
  /** What it was compared with: the application can make a destination before there is a common transport. */
  #compared: Transport | undefined;
  #isShared: boolean;
  /** If two transports ship different levels, only one of them ships a line below this. */
  #sharedFrom = 0;

  constructor(options: TransportOptions = {}) {
    this.#isOwn = Object.values(ownOptions(options)).some((value) => value !== undefined);
    this.transport = this.#isOwn ? createTransport(options) : sharedTransport();
    this.#isShared = !this.#isOwn;
  }

  /** Whether others may ship the same lines. Otherwise each line is due. */
  get isShared(): boolean {
    const { common } = this.#shared;
    if (common !== this.#compared) this.#compare(common);
    return this.#isShared;
  }

  /**
   * Whether to ship a line.
   * @param toLevel Returns undefined if it is not known.
   */
  isDue(
    destination: object,
    line: string,
    toLevel: () => Level | undefined,
    logger?: unknown,
  ): boolean {
    if (!this.isShared || this.#isBelow(toLevel)) return true;
    return this.#shared.isFirstFiled(destination, line, logger, this.#isOwn);
  }

  /** Those that deliver the lines which the destination was given. */
  get #transports(): readonly Transport[] {
    const { common } = this.#shared;
    const isOther = this.isShared && common !== undefined && common !== this.transport;
    return isOther ? [this.transport, common] : [this.transport];
  }

  async flush(): Promise<FlushResult> {
    return sumOf(await Promise.all(this.#transports.map((transport) => transport.flush())));
  }

  /** If one of them blocks in vain, the next one, to the same server, does so only shortly. */
  flushSync(options: FlushOptions): FlushResult {
    let limit = options;
    const results = this.#transports.map((transport) => {
      const result = transport.flushSync(limit);
      if (!result.complete) limit = { atMostMs: SHORTLY_MS };
      return result;
    });
    return sumOf(results);
  }

  /** Lines of an unknown level are, too: a line that comes twice is better than none. */
  #isBelow(toLevel: () => Level | undefined): boolean {
    if (this.#sharedFrom === 0) return false;
    const level = toLevel();
    return level === undefined || LEVELS.indexOf(level) < this.#sharedFrom;
  }

  #compare(common: Transport | undefined): void {
    const { destination, level } = this.transport;
    this.#compared = common;
    this.#isShared = common === undefined ? !this.#isOwn : common.destination === destination;
    this.#sharedFrom =
      common === undefined || common.level === level ? 0 : Math.max(common.level, level);
  }
}

function sumOf(results: readonly FlushResult[]): FlushResult {
  return {
    complete: results.every(({ complete }) => complete),
    pending: results.reduce((sum, { pending }) => sum + pending, 0),
  };
}

class Destination implements PinoDestination {
  readonly writable = true;
  readonly [METADATA] = true;
  readonly #sink: Sink;
  #blockedInVain = false;
  /** Set by pino before every line. */
  lastLevel: number | undefined;
  lastLogger: PinoLogger | undefined;
  lastObj: unknown;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  write(line: string): void {
    const { lastLogger, lastLevel } = this;
    if (!this.#sink.isShared || this.#isDue(line))
      this.#sink.transport.write(inputFrom(line, lastLogger && factsOf(lastLogger, lastLevel)));
    // What was logged can be large. And a later line that does not come from pino must not seem to have a logger.
    this.lastObj = this.lastLogger = this.lastLevel = undefined;
  }

  #isDue(line: string): boolean {
    const { lastLogger, lastLevel } = this;
    const toLevel = () => lastLogger && factsOf(lastLogger, lastLevel).level;
    return this.#sink.isDue(this, withoutEnd(line), toLevel, lastLogger);
  }

  flush(callback?: (error?: Error) => void): void {
    void this.#sink.flush().then(({ complete, pending }) => {
      callback?.(
        complete ? undefined : new Error(`${pending} log records are not acknowledged yet`),
      );
    });
  }

  flushSync(): void {
    // If a program goes on after a `fatal`, each further one must not block it while the server does not answer.
    const limit = this.#blockedInVain ? { atMostMs: SHORTLY_MS } : {};
    this.#blockedInVain = !this.#sink.flushSync(limit).complete;
  }

  end(): void {
    void this.#sink.flush();
  }
}
