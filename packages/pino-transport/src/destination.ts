/** The destination for `pino(options, destination)`: lines go to the transport, in the process that logs them. */
import {
  createTransport,
  ownOptions,
  type SharedLines,
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
  return new Destination(sinkFor(options));
}

/** Where lines go, and what several parts of the process share that ship to the same. */
export interface Sink {
  readonly transport: Transport;
  /** Ships each line once. Undefined for a transport of its own. */
  readonly shared: SharedLines | undefined;
}

/** The shared transport, unless an option is set. */
export function sinkFor(options: TransportOptions = {}): Sink {
  // JavaScript may give a URL in place of options, which the transport refuses.
  const isDefault =
    typeof options === 'object' &&
    Object.values(ownOptions(options)).every((value) => value === undefined);
  return isDefault
    ? { transport: sharedTransport(), shared: sharedLines() }
    : { transport: createTransport(options), shared: undefined };
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
    const isOurs = this.#sink.shared?.isFirstFiled(this, withoutEnd(line), lastLogger) ?? true;
    if (isOurs)
      this.#sink.transport.write(inputFrom(line, lastLogger && factsOf(lastLogger, lastLevel)));
    // What was logged can be large. And a later line that does not come from pino must not seem to have a logger.
    this.lastObj = this.lastLogger = this.lastLevel = undefined;
  }

  flush(callback?: (error?: Error) => void): void {
    void this.#sink.transport.flush().then(({ complete, pending }) => {
      callback?.(
        complete ? undefined : new Error(`${pending} log records are not acknowledged yet`),
      );
    });
  }

  flushSync(): void {
    // If a program goes on after a `fatal`, each further one must not block it while the server does not answer.
    const limit = this.#blockedInVain ? { atMostMs: SHORTLY_MS } : {};
    this.#blockedInVain = !this.#sink.transport.flushSync(limit).complete;
  }

  end(): void {
    void this.#sink.transport.flush();
  }
}
