/** One connection has broken, and the server is well: no line waits in memory for an answer, so none is lost with a SIGKILL. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { testServer } from '../environment/for-tests.ts';
import { startFaultProxy } from './fault-proxy.ts';
import { received } from './received.ts';
import { ship } from './shipping-program.ts';

/** What the program prints. */
const LINES = 40;

const server = testServer({ own: true });

// A few more requests follow before the burst.
it.concurrent.each([10, 11, 12])(
  'keeps a burst, the answer to request %i being lost',
  async (request) => {
    const proxy = await startFaultProxy(server.url);
    try {
      const { name, signal } = await ship({
        program: 'killed-in-late-burst.mjs',
        url: proxy.url,
        onStart: async () => {
          while (proxy.seen.requests < request) await sleep(1);
          await proxy.misbehave({ kind: 'lose-answers' });
          while (proxy.seen.faults === 0) await sleep(1);
          await proxy.misbehave({ kind: 'pass' });
        },
      });
      expect(signal).toBe('SIGKILL');
      // The proxy and the server may still have them.
      await server.queryWhen(`container_name:="${name}"`, LINES);
      expect(await received(server, name, LINES)).toMatchObject({ missing: 0 });
    } finally {
      await proxy.stop();
    }
  },
);
