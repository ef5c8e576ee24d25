/** The winston transport: lines go to VictoriaLogs directly from the process that logs them. */
import {
  attempt,
  createTransport,
  guarded,
  ownOptions,
  sharedTransport,
  type Transport,
  type TransportOptions,
} from '@direct-logging/core';

import TransportStream from 'winston-transport';
import { inputFrom } from './from-info.ts';
import type { Info } from './from-line.ts';
import { OURS, PLACE } from './kinds.ts';
import type { Levels } from './levels.ts';
import { LineContexts } from './line-contexts.ts';

type StreamOptions = import('winston-transport').TransportStreamOptions;

/** winston's own options of a transport, and the options of core's transport. */
export interface VictoriaLogsTransportOptions
  extends StreamOptions,
    Omit<TransportOptions, 'level'> {
  /**
   * winston's own option: the least important level that is shipped. Default: the logger's level, and then `LOG_LEVEL`. If
   * it is given, `LOG_LEVEL` does not count.
   */
  readonly level?: string;
}

/** winston's own options, which mean nothing to core. */
const OF_WINSTON = [
  ...['level', 'format', 'silent', 'handleExceptions', 'handleRejections'],
  ...['log', 'logv', 'close', 'highWaterMark'],
];

/** For our declarations: without `esModuleInterop`, TypeScript does not know the default export of a CommonJS module. */
const Base: new (options?: StreamOptions) => import('winston-transport') = TransportStream;

const contexts = new LineContexts();
/** How soon it is tried again to close a transport of which not all is delivered. */
const CLOSE_AGAIN_MS = 5_000;

/**
 * Takes every line at once, whatever the server does, so that it never holds up the logger's other transports. It never emits
 * `error`. It emits `warn` if the logger ends and records are not acknowledged in time.
 * @example
 * const logger = winston.createLogger({ transports: [new VictoriaLogsTransport({ level: 'info' })] });
 */
export class VictoriaLogsTransport extends Base {
  readonly #ownOptions: TransportOptions | undefined;
  #transport: Transport | undefined;
  /** What the logger gave, before our own format. */
  #given: object | undefined;
  /** winston sets it when the transport is added to a logger. */
  declare levels?: Levels;

  /**
   * Without a level and without options of core, it uses the transport that all parts of the process share.
   * @throws TypeError for a bad option.
   */
  constructor(options: VictoriaLogsTransportOptions = {}) {
    const own = ownOptions(options);
    super(own);
    this.#ownOptions = optionsOfCore(own);
    this.#transport = this.#open();
    Object.defineProperty(this, OURS, { value: true });
    Object.defineProperty(this, PLACE, { value: this.#transport.destination });
    this.on('pipe', (logger: object) => attempt(() => contexts.follow(logger)));
  }

  /** Called by the stream for each record, also for one that has waited. */
  override _write(info: Info, encoding: BufferEncoding, next: () => void): void {
    this.#given = info;
    try {
      super._write(info, encoding, next);
    } finally {
      this.#given = undefined;
    }
  }

  /** Called by winston for each line. */
  override log(info: Info, next: () => void): void {
    this.#transport ??= this.#open();
    const transport = this.#transport;
    const input = inputFrom(info, this.levels);
    contexts.within(this.#given ?? info, () => transport.write(input));
    // winston's convention: tells listeners that the line is taken.
    if (this.listenerCount('logged') > 0) setImmediate(() => this.emit('logged', info));
    next();
  }

  /**
   * winston calls it when the transport is removed from its logger. It can be added to another one later. What is not delivered then is
   * left to the end of the process, which waits for it, and reports what is lost.
   */
  override close(): void {
    if (this.#ownOptions === undefined) return;
    if (this.#transport) closeDelivered(this.#transport);
    this.#transport = undefined;
  }

  /** The end of the logger. Its `finish` event comes when the lines are delivered, or when the time is up. */
  override _final(callback: () => void): void {
    const ended = this.#transport?.flush() ?? Promise.resolve({ complete: true, pending: 0 });
    void ended.then(({ complete, pending }) => {
      // Not `error`: without a listener that would end the process.
      if (!complete)
        this.emit('warn', new Error(`${pending} log records are not acknowledged yet`));
      callback();
    });
  }

  #open(): Transport {
    return this.#ownOptions === undefined ? sharedTransport() : createTransport(this.#ownOptions);
  }
}

/** Closes it once all is delivered. */
function closeDelivered(transport: Transport): void {
  void transport.flush().then(({ complete }) => {
    if (complete) void transport.close();
    else
      setTimeout(
        guarded(() => closeDelivered(transport)),
        CLOSE_AGAIN_MS,
      ).unref();
  });
}

function optionsOfCore(options: VictoriaLogsTransportOptions): TransportOptions | undefined {
  const own = Object.entries(options).filter(
    ([name, value]) => value !== undefined && !OF_WINSTON.includes(name),
  );
  if (options.level !== undefined) own.push(['level', 'TRACE']);
  return own.length === 0 ? undefined : Object.fromEntries(own);
}
