/** Many transports in one process, each a shipper of its own: told by messages what to do, and answers each of them. */
import { createTransport } from '@direct-logging/core';

const TICK_MS = 10;
const text = 'x'.repeat(150);
let transports = [];

const commands = {
  /** All at once, each with a first line, as the programs of a deploy. */
  start({ count, urls, job, first }) {
    transports = Array.from({ length: count }, (_, at) => {
      const containerName = `shop-${first + at}`;
      const url = urls[(first + at) % urls.length];
      const transport = createTransport({ url, job, containerName, exitTimeoutMs: 30_000 });
      transport.write({ text: 'started' });
      return transport;
    });
  },

  /** Each logs a line alone at an even rate, and no two are in step. */
  async log({ perSecond, seconds }) {
    const everyMs = 1_000 / perSecond;
    const startedAt = performance.now();
    const dueAt = transports.map(() => startedAt + Math.random() * everyMs);
    const endAt = startedAt + seconds * 1_000;
    for (let now = startedAt; now < endAt; now = performance.now()) {
      for (let at = 0; at < transports.length; at++) {
        for (; dueAt[at] <= now; dueAt[at] += everyMs) transports[at].write({ text });
      }
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
  },

  stats() {
    const sum = { written: 0, queued: 0, resent: 0, dropped: 0 };
    for (const { stats } of transports) {
      sum.written += stats.written;
      sum.queued += stats.queued;
      sum.resent += stats.resent;
      for (const lines of Object.values(stats.dropped)) sum.dropped += lines;
    }
    return { ...sum, memory: process.memoryUsage.rss() };
  },
};

process.on('message', async ({ id, command, ...options }) => {
  process.send({ id, answer: await commands[command](options) });
});
