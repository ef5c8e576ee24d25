/** The destination for `pino(options, destination)`: lines go to the transport in the process that logs them. */
import {
  createTransport,
  sharedTransport,
  type Transport,
  type TransportOptions,
} from '@direct-logging/core';
import { inputFrom } from './from-line.ts';
import { nameOf, type PinoLogger } from './logger-state.ts';

/** What pino writes to. */
export interface PinoDestination {
  /** Lets `pino(destination)` take it for a stream. */
  readonly writable: true;
  /** Takes one line. Returns at once; never throws. */
  write(line: string): void;
  /** Calls back when everything written before is acknowledged, with an Error when the time is up before. */
  flush(callback?: (error?: Error) => void): void;
  /** The same without the event loop; pino calls it at `fatal`. Blocks for the setting `exitTimeoutMs` at most. */
  flushSync(): void;
  /** Flushes. The connections stay: other loggers may write to the same destination. */
  end(): void;
}

const METADATA = Symbol.for('pino.metadata');
/** The integration leaves loggers alone that write to one of these. */
const OURS = Symbol.for('@direct-logging/pino-destination');

/**
 * Makes a destination. Without options it uses the transport that all parts of the process share.
 * @throws TypeError for a bad option.
 */
export function pinoDestination(options?: TransportOptions): PinoDestination {
  return new Destination(transportFor(options));
}

/** The shared transport where nothing is said that would make it another one. */
export function transportFor(options: TransportOptions = {}): Transport {
  const isDefault = Object.values(options).every((value) => value === undefined);
  return isDefault ? sharedTransport() : createTransport(options);
}

/** Whether lines written here are shipped already. */
export function isOurs(destination: object): boolean {
  return OURS in destination;
}

class Destination implements PinoDestination {
  readonly writable = true;
  readonly [METADATA] = true;
  readonly [OURS] = true;
  readonly #transport: Transport;
  /** Set by pino before every line. */
  lastLevel: number | undefined;
  lastLogger: PinoLogger | undefined;
  lastObj: unknown;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  write(line: string): void {
    const { lastLogger, lastLevel } = this;
    const name = lastLogger && nameOf(lastLogger);
    this.#transport.write(inputFrom(line, { name, level: lastLevel }));
    // What was logged may be large, and a line that does not come from pino has no logger.
    this.lastObj = this.lastLogger = this.lastLevel = undefined;
  }

  flush(callback?: (error?: Error) => void): void {
    void flushed(this.#transport).then(callback);
  }

  flushSync(): void {
    this.#transport.flushSync();
  }

  end(): void {
    void this.#transport.flush();
  }
}

/** Resolves with an Error when records are still held after the time that a flush may take. */
export async function flushed(transport: Transport): Promise<Error | undefined> {
  const { complete, pending } = await transport.flush();
  return complete ? undefined : new Error(`${pending} log records are not acknowledged yet`);
}
