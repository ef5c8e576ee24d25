/** The target for `pino.transport`: runs in the worker thread that pino starts for it. */
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import type { Transport, TransportOptions } from '@direct-logging/core';
import { flushed, transportFor } from './destination.ts';
import { inputFrom } from './from-line.ts';
import { isShippedByParent } from './shipped-threads.ts';

/** The options of core's transport; pino adds some of its own, which are passed over. */
export interface PinoTargetOptions extends TransportOptions {
  readonly [addedByPino: string]: unknown;
}

const ADDED_BY_PINO = ['pinoWillSendConfig', 'levels', 'dedupe', '$context'];

/**
 * Makes the stream that the worker thread writes lines to.
 * @throws TypeError for a bad option.
 */
export function pinoTarget(options: PinoTargetOptions = {}): Writable {
  const ours = Object.entries(options).filter(([name]) => !ADDED_BY_PINO.includes(name));
  return new LineStream(transportFor(Object.fromEntries(ours)));
}

/** Cuts what comes into lines. Never slows the logging thread down: the transport has a limit of its own. */
class LineStream extends Writable {
  readonly #transport: Transport;
  readonly #decoder = new StringDecoder();
  #rest = '';

  constructor(transport: Transport) {
    super({ decodeStrings: false });
    this.#transport = transport;
  }

  /** pino asks for it by `logger.flush(callback)`. */
  flush(callback: (error?: Error) => void): void {
    void flushed(this.#transport).then(callback);
  }

  override _write(data: string | Buffer, _encoding: string, callback: () => void): void {
    const text = this.#rest + (typeof data === 'string' ? data : this.#decoder.write(data));
    const lines = text.split('\n');
    this.#rest = lines.pop() as string;
    for (const line of lines) this.#take(line);
    callback();
  }

  override _final(callback: () => void): void {
    this.#take(this.#rest + this.#decoder.end());
    this.#rest = '';
    // The program ends when this stream is closed: what is not delivered by then is lost.
    void this.#transport.close().then(() => callback());
  }

  #take(line: string): void {
    if (line !== '' && !isShippedByParent()) this.#transport.write(inputFrom(line));
  }
}
