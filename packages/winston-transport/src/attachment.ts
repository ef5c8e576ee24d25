/**
 * What is attached to winston once a program loads it.
 *
 * @lazy
 */
import { type IntegrationHost, Undos, watchAssigned, watchFiles } from '@direct-logging/core';
import { HandOver } from './hand-over.ts';

/** One for all copies of winston in this thread. */
export class Attachment {
  readonly #undos = new Undos();
  readonly #handOver: HandOver;
  readonly #unwatch: () => void;

  constructor(host: IntegrationHost) {
    const { printing, transport } = host;
    this.#handOver = new HandOver(host, this.#undos);
    this.#unwatch =
      transport.loggers === 'all'
        ? watchFiles(printing, (input) => transport.write(input))
        : () => {};
  }

  /** The constructor sets these before the application has the transport. So a patch of the application goes on top. */
  watchTransports(prototype: object): void {
    const undos = [
      watchAssigned(prototype, 'silent', (transport, value) => {
        this.#handOver.follow(prototype, transport);
        return value;
      }),
      watchAssigned(prototype, '_stream', (transport, value) => {
        this.#handOver.followStream(transport, value);
        return value;
      }),
    ];
    for (const undo of undos) this.#undos.add(prototype, undo);
  }

  undo(): void {
    this.#undos.run();
    this.#unwatch();
  }
}
