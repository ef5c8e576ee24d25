/**
 * What is attached to pino once a program loads it.
 *
 * @lazy
 */
import {
  guarded,
  type IntegrationHost,
  Undos,
  watchAssigned,
  watchFiles,
} from '@direct-logging/core';
import { HandOver } from './hand-over.ts';
import type { PinoLogger } from './logger-state.ts';

/** On this channel, pino 9.10 and newer publish every line that they have made. */
const CHANNEL = 'tracing:pino_asJson:end';
/** What pino tells about a line. */
interface Message {
  readonly instance: PinoLogger;
  /** The arguments of pino's `asJson(object, message, level, time)`. */
  readonly arguments: ArrayLike<unknown>;
  /** The line. Absent if it could not be made. */
  readonly result?: unknown;
}

/** pino tells streams with this property which logger writes to them, and at which level. */
const METADATA = Symbol.for('pino.metadata');

/** One for all copies of pino in this thread. */
export class Attachment {
  readonly #handOver: HandOver;
  readonly #undos: (() => void)[] = [];
  /** A test runner loads a copy of the class for each file of tests, and lets it go. */
  readonly #classes = new Undos();

  constructor(host: IntegrationHost) {
    const handOver = new HandOver(host);
    this.#handOver = handOver;
    const { subscribe, unsubscribe } = process.getBuiltinModule('node:diagnostics_channel');
    const onLine = guarded((message: unknown) => {
      const { instance, arguments: given, result } = message as Message;
      if (typeof result === 'string') handOver.made(result, instance, given[2]);
    });
    subscribe(CHANNEL, onLine);
    this.#undos.push(() => unsubscribe(CHANNEL, onLine));
    const { printing, transport } = host;
    if (transport.loggers === 'all') {
      this.#undos.push(watchFiles(printing, (input) => transport.write(input)));
    }
    this.#undos.push(() => handOver.stop());
  }

  /** sonic-boom's constructor gives every stream its methods. A patch of the application comes later and goes on top. */
  watchSonicBoom(prototype: object): void {
    const handOver = this.#handOver;
    Object.defineProperty(prototype, METADATA, { value: true, configurable: true });
    const undos = [
      () => Reflect.deleteProperty(prototype, METADATA),
      watchAssigned(prototype, 'write', (_, write) => handOver.aroundWrite(write)),
      ...['_actualWrite', 'flushSync'].map((name) =>
        watchAssigned(prototype, name, (_, print) => handOver.aroundPrinting(print)),
      ),
    ];
    for (const undo of undos) this.#classes.add(prototype, undo);
  }

  undo(): void {
    this.#classes.run();
    for (const undo of this.#undos.splice(0).reverse()) undo();
  }
}
