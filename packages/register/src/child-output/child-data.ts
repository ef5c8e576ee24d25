/**
 * Tells a child who reads its output, and cuts what the program reads from it into lines.
 *
 * @lazy
 */
import type { ChildProcess } from 'node:child_process';
import type { EventEmitter } from 'node:events';
import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { attempt } from '@direct-logging/core';
import { STDIO_VARIABLE } from './marker.ts';

/** Takes the lines of the output of one child, as the program reads them. */
export interface LineReader {
  take(lines: readonly string[]): void;
  end(): void;
}

/**
 * A readable stream emits `data` for everything that the program reads, whether it listens, pipes, iterates or calls `read`. What
 * it throws away with `resume` is emitted, too, but nobody listens.
 */
export function watchData(stream: Readable, reader: LineReader): void {
  const decoder = new LineDecoder(reader);
  watchEvents(stream, (event, data) => {
    if (event === 'end') decoder.end();
    if (event !== 'data') return;
    const isRead = !stream.readableFlowing || stream.listenerCount('data') > 0;
    if (isRead) decoder.add(data);
  });
}

/** The same for a program of pm2 in cluster mode, whose output comes as messages. */
export function watchSent(child: ChildProcess, opens: () => LineReader): void {
  const decoders = new Map<unknown, LineDecoder>(
    ['log:out', 'log:err'].map((type) => [type, new LineDecoder(opens())]),
  );
  watchEvents(child, (event, message) => {
    if (event === 'close') for (const decoder of decoders.values()) decoder.end();
    if (event !== 'message') return;
    const { type, data } = message as { readonly type?: unknown; readonly data?: unknown };
    decoders.get(type)?.add(data);
  });
}

function watchEvents(emitter: EventEmitter, see: (event: unknown, data: unknown) => void): void {
  // Not enumerable, so that it is not shown with the emitter. And the program may still patch the method of the class.
  Object.defineProperty(emitter, 'emit', {
    configurable: true,
    writable: true,
    value: function emit(this: EventEmitter, ...args: unknown[]): unknown {
      attempt(() => see(args[0], args[1]));
      return Reflect.apply(Object.getPrototypeOf(emitter).emit, this, args);
    },
  });
}

/** The same for all that a child has printed. */
export function readData(data: Uint8Array, reader: LineReader): void {
  const decoder = new LineDecoder(reader);
  decoder.add(data);
  decoder.end();
}

/** A program may read gigabytes that have no line end. A longer line may be shipped twice. */
const MAX_REST_LENGTH = 2 ** 20;

/** Cuts data into lines. */
class LineDecoder {
  readonly #reader: LineReader;
  readonly #decoder = new StringDecoder();
  /** The beginning of a line; undefined if it is too long. */
  #rest: string | undefined = '';

  constructor(reader: LineReader) {
    this.#reader = reader;
  }

  add(data: unknown): void {
    this.#cut(typeof data === 'string' ? data : this.#decoder.write(data as Buffer));
  }

  end(): void {
    this.#cut(this.#decoder.end());
    if (this.#rest) this.#reader.take([this.#rest]);
    this.#rest = '';
    this.#reader.end();
  }

  #cut(text: string): void {
    const lines = text.split('\n');
    const end = lines.pop() as string;
    if (lines.length > 0) {
      if (this.#rest === undefined) lines.shift();
      else lines[0] = this.#rest + lines[0];
      this.#rest = '';
      this.#reader.take(lines);
    }
    if (this.#rest !== undefined) this.#rest += end;
    if ((this.#rest?.length ?? 0) > MAX_REST_LENGTH) this.#rest = undefined;
  }
}

/**
 * A program may give a child the environment of another process, for which the child would then note its lines. `shelljs.exec` does:
 * https://github.com/shelljs/shelljs/blob/master/src/exec.js
 *
 * @param options With which Node starts it.
 */
export function tellReader(options: unknown, marker: string | undefined): void {
  const { envPairs: pairs } = options as { readonly envPairs?: string[] };
  const name = `${STDIO_VARIABLE}=`;
  const at = pairs?.findIndex((pair) => pair.startsWith(name)) ?? -1;
  if (pairs && at >= 0 && marker !== undefined) pairs[at] = name + marker;
}
