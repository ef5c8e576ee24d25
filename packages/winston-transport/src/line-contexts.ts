/** Keeps the asynchronous contexts of lines that wait in their logger because one of its transports is busy. @lazy winston */
import { attempt, keepContext, watchCalls } from '@direct-logging/core';
import { isObject } from './kinds.ts';

/** What is read of a logger, a Transform: https://github.com/nodejs/readable-stream/blob/v3.6.2/lib/_stream_transform.js */
interface Logger {
  readonly transports: ReadonlyArray<{ readonly writableLength?: number }>;
  readonly readableLength: number;
  readonly readableHighWaterMark: number;
  /** How many lines wait for the logger's format, the one that it works on included. */
  readonly writableLength: number;
  /** The line that the format works on. */
  readonly _transformState: { readonly writechunk: unknown };
}

/** A line that is logged at once has the context of its caller. One that waits would have that of whatever ends the wait. */
export class LineContexts {
  /** By what the program logged, and by what the format made of it. */
  readonly #kept = new WeakMap<object, () => void>();
  /** What runs in one of these contexts. */
  #step: () => void = () => {};
  readonly #pushes = new WeakSet<object>();
  /** Loggers whose next line waits for the format, with the undo of the hook that sees it logged. */
  readonly #full = new WeakMap<object, () => void>();

  /** A transport of the logger is about to log. Any other stream can be piped to a transport, too. */
  follow(logger: object | null | undefined): void {
    let owner = logger;
    if (!logger || !Array.isArray(Reflect.get(logger, 'transports'))) return;
    while (owner && !Object.hasOwn(owner, '_transform')) owner = Object.getPrototypeOf(owner);
    if (!owner) return;
    this.#followFull(logger as Logger);
    // Called after the format, whose stack traces must not change.
    if (this.#pushes.has(Reflect.get(owner, 'push'))) return;
    watchCalls(owner, 'push', (of: Logger, [line]) => {
      attempt(() => this.#beforePush(of, line));
      return () => this.#afterPush(of, line);
    });
    this.#pushes.add(Reflect.get(owner, 'push'));
  }

  /** Runs the step in the context of the line. */
  within(line: object, step: () => void): void {
    const kept = this.#kept.get(line);
    if (kept === undefined) step();
    else {
      this.#step = step;
      kept();
    }
  }

  #beforePush(logger: Logger, line: unknown): void {
    if (!isObject(line)) return;
    const logged = logger._transformState.writechunk;
    const kept = this.#full.has(logger) && isObject(logged) ? this.#kept.get(logged) : undefined;
    if (kept === undefined) this.#kept.delete(line);
    else this.#kept.set(line, kept);
  }

  #afterPush(logger: Logger, line: unknown): void {
    const waits =
      logger.readableLength > 0 ||
      logger.transports.some(({ writableLength = 0 }) => writableLength > 0);
    if (waits && isObject(line) && !this.#kept.has(line)) this.#keep(line);
    this.#followFull(logger);
  }

  #keep(line: unknown): void {
    if (!isObject(line)) return;
    const kept = keepContext(() => this.#step());
    this.#kept.set(line, kept);
  }

  #followFull(logger: Logger): void {
    const { readableLength, readableHighWaterMark, writableLength } = logger;
    const isFull = readableLength >= readableHighWaterMark || writableLength > 1;
    const undo = this.#full.get(logger);
    if (isFull === (undo !== undefined)) return;
    if (undo === undefined) this.#full.set(logger, this.#watchWrites(logger));
    else {
      this.#full.delete(logger);
      undo();
    }
  }

  #watchWrites(logger: Logger): () => void {
    const undo = watchCalls(logger, 'write', (_, [line]) => this.#keep(line));
    // Not shown where a program prints its logger.
    Object.defineProperty(logger, 'write', { enumerable: false });
    return undo;
  }
}
