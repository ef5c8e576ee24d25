/** The target for `pino.transport`: runs in the worker thread that pino starts for it. */
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { LineShape, Transport, TransportOptions } from '@direct-logging/core';
import { flushed, transportFor } from './destination.ts';
import { inputFrom, type LineFacts, shapeFrom } from './from-line.ts';
import { levelOf, type PinoLevels } from './levels.ts';
import { afterMessages, onLoggerConfig } from './logger-config.ts';
import { isShippedByParent } from './shipped-threads.ts';

/** The options of core's transport, and one more. What pino adds of its own is passed over. */
export interface PinoTargetOptions extends TransportOptions {
  /** The logger's own `nestedKey`, by which errors are found: pino tells a target all other keys. Default: none. */
  readonly nestedKey?: string | undefined;
}

const NOT_FOR_TRANSPORT = ['nestedKey', 'pinoWillSendConfig', 'levels', 'dedupe', '$context'];
/** pino writes the level first: its number, or what `formatters.level` made of it. */
const LEVEL = /^\{"level":(?:(\d+)|"([^"\\]*)")[,}]/;

/**
 * Makes the stream that the worker thread writes lines to.
 * @throws TypeError for a bad option.
 */
export function pinoTarget(options: PinoTargetOptions = {}): Writable {
  const { nestedKey } = options;
  const ours = Object.entries(options).filter(([name]) => !NOT_FOR_TRANSPORT.includes(name));
  return new LineStream(transportFor(Object.fromEntries(ours)), nestedKey);
}

/** Cuts what comes into lines. Never slows the logging thread down: the transport has a limit of its own. */
class LineStream extends Writable {
  readonly #transport: Transport;
  readonly #isToldMore: boolean;
  readonly #decoder = new StringDecoder();
  #rest = '';
  #levels: PinoLevels | undefined;
  #shape: LineShape;
  #isFirst = true;

  constructor(transport: Transport, nestedKey: string | undefined) {
    super({ decodeStrings: false });
    this.#transport = transport;
    this.#shape = shapeFrom({ nestedKey });
    this.#isToldMore = onLoggerConfig((config) => {
      this.#levels = config.levels;
      this.#shape = shapeFrom({ ...config, nestedKey });
    });
  }

  /** pino asks for it by `logger.flush(callback)`. */
  flush(callback: (error?: Error) => void): void {
    // Behind what has been written.
    this.write('', () => void flushed(this.#transport).then(callback));
  }

  override _write(data: string | Buffer, _encoding: string, callback: () => void): void {
    const take = (): void => {
      this.#takeAll(data);
      callback();
    };
    const isFirst = this.#isFirst && data.length > 0;
    if (isFirst) this.#isFirst = false;
    // Lines come by another way than the message that tells how to read them, and may overtake it.
    if (isFirst && this.#isToldMore) afterMessages(take);
    else take();
  }

  override _final(callback: () => void): void {
    this.#take(this.#rest + this.#decoder.end());
    this.#rest = '';
    // The program ends when this stream is closed: what is not delivered by then is lost.
    void this.#transport.close().then(() => callback());
  }

  #takeAll(data: string | Buffer): void {
    const text = this.#rest + (typeof data === 'string' ? data : this.#decoder.write(data));
    const lines = text.split('\n');
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#take(line);
  }

  #take(line: string): void {
    if (line === '' || isShippedByParent()) return;
    this.#transport.write(inputFrom(line, { level: this.#levelOf(line), shape: this.#shape }));
  }

  #levelOf(line: string): LineFacts['level'] {
    if (typeof this.#levels?.values !== 'object') return undefined;
    const [, number, name] = LEVEL.exec(line) ?? [];
    const level = number === undefined ? this.#levels.values[name ?? ''] : Number(number);
    return level === undefined ? undefined : levelOf(level, this.#levels);
  }
}
