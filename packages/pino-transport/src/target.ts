/** The target for `pino.transport`. It runs in the worker thread that pino starts for it. */
import { Writable } from 'node:stream';
import {
  asPrinted,
  type FlushResult,
  guarded,
  LineCutter,
  type LoggerKeys,
  ownOptions,
  type Transport,
  type TransportOptions,
  type WarningCode,
  writeRaw,
} from '@direct-logging/core';
import { type Sink, sinkFor } from './destination.ts';
import { inputFrom, type Keys, keysFrom, type LineFacts, levelIn } from './from-line.ts';
import { levelOf, type PinoLevels } from './levels.ts';

/** The options of core's transport, and one more. The options that pino adds are ignored. */
export interface PinoTargetOptions extends TransportOptions {
  /** The `nestedKey` of the logger, needed to find errors. pino itself tells a target all other keys. Default: none. */
  readonly nestedKey?: string | undefined;
}

/** pino waits for ten seconds. After that an error ends the program. What is lost is told here, where it is printed. */
const AT_END = { atMostMs: 5_000, isReported: true };
const NOT_FOR_TRANSPORT = ['pinoWillSendConfig', 'levels', 'dedupe', '$context'];

/**
 * Makes the stream that the worker thread writes lines to.
 * @throws TypeError for a bad option.
 * @example
 * const options = { url: 'http://victorialogs:9428' };
 * const logger = pino({ transport: { target: '@direct-logging/pino-transport', options } });
 */
export function pinoTarget(options: PinoTargetOptions = {}): Writable {
  const { nestedKey, ...own } = ownOptions(options);
  const ours = Object.fromEntries(
    Object.entries(own).filter(([name]) => !NOT_FOR_TRANSPORT.includes(name)),
  );
  return new LineStream(sinkFor(ours), nestedKey);
}

/** Cuts its input into lines. Never slows down the logging thread: the transport has its own limit. */
class LineStream extends Writable {
  readonly #sink: Sink;
  readonly #cutter = new LineCutter();
  #levels: PinoLevels | undefined;
  #keys: LoggerKeys;
  /** Lines that wait for the settings of the logger. Undefined when these are known, or will not come. */
  #held: string[] | undefined;
  readonly #shipHeld: () => void = guarded(() => {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const line of held) this.#ship(line);
  });

  constructor(sink: Sink, nestedKey: string | undefined) {
    super({ decodeStrings: false });
    this.#sink = sink;
    this.#keys = keysFrom({ nestedKey });
    const isToldMore = onLoggerConfig((config) => {
      this.#levels = config.levels;
      this.#keys = keysFrom({ ...config, nestedKey });
    });
    if (isToldMore) this.#held = [];
  }

  /** pino calls it for `logger.flush(callback)`, also at the end. An error, even that the time is up, would end the program. */
  flush(callback: () => void): void {
    const flush = () => void this.#sink.transport.flush().then(() => callback());
    // After everything that was written before.
    if (this.writableEnded) callback();
    else this.write('', () => this.#onceTold(flush));
  }

  override _write(data: string | Buffer, _encoding: string, callback: () => void): void {
    for (const line of this.#cutter.add(data)) this.#take(line);
    callback();
  }

  override _final(callback: () => void): void {
    this.#take(this.#cutter.end());
    this.#onceTold(() => {
      // The program ends when this stream is closed. What is not delivered or spooled by then is lost.
      const { transport } = this.#sink;
      void transport.close(AT_END).then((result) => {
        tellLoss(transport, result);
        callback();
      });
    });
  }

  #take(line: string): void {
    if (line === '' || this.#sink.shared?.isFirstFiled(this, line) === false) return;
    if (this.#held === undefined) {
      this.#ship(line);
    } else {
      if (this.#held.length === 0) this.#onceTold(() => {});
      this.#held.push(line);
    }
  }

  /**
   * Ships what is held, and goes on. Neither lines nor the end come by the same way as the message with the settings, so they can
   * overtake it. After a turn of the event loop, all messages that were sent before have been received.
   */
  #onceTold(next: () => void): void {
    if (this.#held === undefined) {
      next();
      return;
    }
    const told = guarded(() => {
      this.#shipHeld();
      next();
    });
    setImmediate(guarded(() => setImmediate(told)));
  }

  #ship(line: string): void {
    this.#sink.transport.write(inputFrom(line, { level: this.#levelOf(line), keys: this.#keys }));
  }

  #levelOf(line: string): LineFacts['level'] {
    if (typeof this.#levels?.values !== 'object') return undefined;
    const own = levelIn(line);
    const number = typeof own === 'string' ? this.#levels.values[own] : own;
    return number === undefined ? undefined : levelOf(number, this.#levels);
  }
}

/** The settings of the first logger that was made with the target. */
interface LoggerConfig extends Omit<Keys, 'nestedKey'> {
  readonly levels?: PinoLevels | undefined;
}

/**
 * Calls back once, when the settings arrive. pino 8.21 and newer send them before the first line:
 * https://github.com/pinojs/pino/blob/main/lib/transport.js
 * @returns Whether they can be expected here.
 */
function onLoggerConfig(take: (config: LoggerConfig) => void): boolean {
  const { parentPort, workerData } = process.getBuiltinModule('node:worker_threads');
  const data = workerData as { workerData?: { pinoWillSendConfig?: unknown } } | null | undefined;
  if (parentPort === null || data?.workerData?.pinoWillSendConfig !== true) return false;
  const onMessage = guarded((message: unknown): void => {
    const { code, config } = (message ?? {}) as { code?: unknown; config?: LoggerConfig };
    if (code !== 'PINO_CONFIG') return;
    parentPort.off('message', onMessage);
    take(config ?? {});
  });
  parentPort.on('message', onMessage);
  return true;
}

/**
 * Looks like a warning of Node, which the main thread would have to print. But that is waiting for this thread to end:
 * https://github.com/pinojs/thread-stream/blob/main/index.js
 */
function tellLoss(transport: Transport, { complete, pending }: FlushResult): void {
  if (complete) return;
  const { spooled, unsent, lastFailure } = transport.stats;
  if (spooled > 0 || process.listenerCount('warning') === 0) return;
  const where = lastFailure ?? 'the server (the time was up)';
  const tell = (code: WarningCode, records: number, what: string) =>
    records > 0 &&
    writeRaw(asPrinted(code, `${records} log records of a target of pino.transport were ${what}`));
  tell('DL_LOST_AT_EXIT', unsent, `not delivered to ${where}`);
  const unconfirmed = `sent but not confirmed by ${where}; the server may have stored them`;
  tell('DL_UNCONFIRMED_AT_EXIT', pending - unsent, unconfirmed);
}
