/** The transport for unusable settings. @lazy */
import type { FlushResult, TransportStats } from './stats.ts';

/** Takes everything, ships nothing. */
export class InactiveTransport {
  readonly active = false;
  readonly loggers = 'all';
  readonly destination = '';
  #dropped = 0;

  get stats(): TransportStats {
    const dropped: Record<string, number> = this.#dropped > 0 ? { inactive: this.#dropped } : {};
    return {
      written: this.#dropped,
      delivered: 0,
      queued: 0,
      unsent: 0,
      queuedBytes: 0,
      dropped,
      resent: 0,
      spooled: 0,
    };
  }

  write(): void {
    this.#dropped++;
  }

  async flush(): Promise<FlushResult> {
    return this.flushSync();
  }

  flushSync(): FlushResult {
    return { complete: true, pending: 0 };
  }

  async close(): Promise<FlushResult> {
    return this.flushSync();
  }

  async ready(): Promise<void> {}

  setContextProvider(): void {}

  setDeadline(): void {}

  setFilter(): void {}
}
