/** What the tests of connections over TLS share: a certificate, an end to everything after each test, and a look at undici. */
import { afterAll, afterEach, beforeEach, vi } from 'vitest';
import type { Transport } from '../../../../src/index.ts';
import { UndiciSender } from '../../../../src/senders/undici-sender.ts';
import { makeCertificate, removeCertificates, transportTo } from './tls-server.ts';

/** Called once for a file of tests. */
export function setUpTls() {
  const certificate = makeCertificate();
  const cleanups: Array<() => unknown> = [];
  /** Called when lines go through the other sender. */
  const undici = vi.fn();

  /** Ends what was begun last first. */
  async function cleanUp(): Promise<void> {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  }

  function onClose(stop: () => unknown): void {
    cleanups.push(stop);
  }

  /** A transport that ends with the test. */
  function connect(...[server, trusted, options]: Parameters<typeof transportTo>): Transport {
    const transport = transportTo(server, trusted, options);
    onClose(() => transport.close({ timeoutMs: 0 }));
    return transport;
  }

  beforeEach(() => {
    undici.mockClear();
    const { pump } = UndiciSender.prototype;
    vi.spyOn(UndiciSender.prototype, 'pump').mockImplementation(function (this: UndiciSender) {
      undici();
      pump.call(this);
    });
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await cleanUp();
  });
  afterAll(removeCertificates);
  return { certificate, cleanUp, connect, onClose, undici };
}
